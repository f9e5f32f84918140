import { z } from 'zod';
import { listMoved, reckonImpact, viewSchedule, type ScheduleView } from '../../../disposition/index.js';
import { phrasesFor } from '../../../phrases/index.js';
import { SERVICE_TYPES } from '../../../records/index.js';
import type { RecordState } from '../../../records/values.js';
import { movedPage, paths, schedulePage, type ScheduleModel } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page } from '../../pages.js';
import { definePage, idParams, type RequestContext, type Route } from '../../route.js';
import { actAt } from './acts.js';
import { departmentsOf, formBody, pagingOf } from './common.js';
import { approvers } from './policies.js';
import { scheduleRows } from './policies-text.js';
import { scheduleWords } from './rule-words.js';

const movedQuery = z.strictObject({
  direction: z.enum(['later', 'earlier']).default('earlier'),
  type: z.enum(SERVICE_TYPES).optional(),
  department: z.string().max(64, 'too_long').optional(),
  after: z.uuid().optional(),
});

async function modelOf(deps: HttpDeps, ctx: RequestContext, { version, schedule, diff, impact, recompute }: ScheduleView): Promise<ScheduleModel> {
  const by = await approvers(deps, ctx, [version]);
  const departments = await departmentsOf(deps, ctx);
  const may = (act: Parameters<HttpDeps['access']['mayEver']>[1]): boolean => deps.access.mayEver(ctx.actor, act);
  const waiting = version.state === 'proposed' || version.state === 'agreed';
  const titles = new Map([...deps.rules.schedules.newest.rules, ...schedule.rules].map((rule) => [rule.id, rule.title[ctx.lang]]));
  const consentWaits = waiting && version.shortens && version.consentedBy === null;
  return {
    id: version.id,
    name: version.name,
    state: version.state,
    waiting,
    by: by(version),
    shortens: diff.shortens.map((id) => titles.get(id) ?? phrasesFor(ctx.lang).pages.schedule.whole),
    consentWaits,
    mayConsent: consentWaits && may('schedule.consent') && version.agreedBy !== ctx.actor.personId,
    changes: waiting ? scheduleWords(ctx.lang, deps.rules.schedules.newest, schedule) : [],
    schedule: scheduleRows(schedule, ctx.lang),
    impact: impact && {
      day: impact.day,
      at: impact.madeAt.toISOString(),
      seconds: impact.milliseconds / 1000,
      totals: impact.totals,
      rows: impact.rows.map(({ serviceType, department, ...row }) => ({
        ...row,
        type: serviceType,
        department: departments.name(department),
        departmentCode: department,
      })),
    },
    mayList: may('record.list'),
    recompute: recompute && {
      running: recompute.state === 'running',
      done: recompute.done,
      total: recompute.total,
      later: recompute.later,
      earlier: recompute.earlier,
      promised: recompute.promised,
      unmatched: recompute.unmatched,
      locks: recompute.locks.waiting,
      failed: recompute.locks.failed,
    },
  };
}

/** A version of the retention schedule: what it changes, what that does to the archive, and the consent of compliance. */
export function schedulePages(deps: HttpDeps): Route[] {
  return [
    definePage({
      method: 'get',
      path: '/schedules/:id',
      name: 'schedulePage',
      guard: 'policy.view',
      params: idParams,
      handler: async (ctx, { params }) => page(deps, ctx, schedulePage, await modelOf(deps, ctx, await viewSchedule(deps.due, ctx.actor, params.id))),
    }),
    definePage({
      method: 'post',
      path: '/schedules/:id/impact',
      name: 'reckonImpactForm',
      guard: 'policy.view',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      handler: (_ctx, { params }) => actAt(paths.schedule(params.id), 'impact_reckoned', () => reckonImpact(deps.due, _ctx.actor, params.id)),
    }),
    definePage({
      method: 'post',
      path: '/schedules/:id/consent',
      name: 'consentScheduleForm',
      guard: 'schedule.consent',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { params }) => actAt(paths.schedule(params.id), 'schedule_consented', () => deps.rules.consent(ctx.actor, params.id)),
    }),
    definePage({
      method: 'get',
      path: '/schedules/:id/records',
      name: 'movedRecordsPage',
      guard: 'policy.view',
      params: idParams,
      query: movedQuery,
      async handler(ctx, { params, query }) {
        const { version, schedule } = await viewSchedule(deps.due, ctx.actor, params.id);
        const { items, next } = await listMoved(deps.due, ctx.actor, params.id, query);
        const departments = await departmentsOf(deps, ctx);
        return page(deps, ctx, movedPage, {
          id: version.id,
          name: version.name,
          direction: query.direction,
          rows: items.map((one) => ({
            id: one.id,
            title: one.title,
            code: one.archivalCode ?? one.serviceNo,
            type: one.serviceType,
            department: departments.name(one.department),
            state: one.state as RecordState,
            closedAt: one.closedAt.toISOString(),
            from: one.from,
            until: one.until,
            rule: schedule.rules.find(({ id }) => id === one.rule)?.title[ctx.lang] ?? one.rule,
          })),
          paging: pagingOf(paths.scheduleMoved(version.id), query, items.length, next),
        });
      },
    }),
  ];
}
