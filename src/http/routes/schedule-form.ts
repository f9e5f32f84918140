import { printSchedule } from '../../disposition/index.js';
import { retentionSchedulePdf } from '../../documents/index.js';
import { phrasesFor } from '../../phrases/index.js';
import { dayText } from '../../records/index.js';
import type { HttpDeps } from '../deps.js';
import { attached, both } from '../printed.js';
import { definePage, defineRoute, idParams, type Reply, type RequestContext, type Route } from '../route.js';
import { approvers } from './pages/policies.js';
import { scheduleRows } from './pages/policies-text.js';

const PDF = 'application/pdf';

/** 保管期限表: a version of the retention schedule as a PDF signed by the archive, in both languages. */
async function scheduleForm(deps: HttpDeps, ctx: RequestContext, id: string): Promise<Reply> {
  const { version, schedule } = await printSchedule(deps.due, ctx.actor, id);
  const by = await approvers(deps, ctx, [version]);
  const [zh, en] = [scheduleRows(schedule, 'zh'), scheduleRows(schedule, 'en')];
  const { archiveName: archive, timeZone: zone, fonds } = deps.config;
  const { activatedAt } = version;
  const body = await retentionSchedulePdf(
    {
      archive,
      fonds,
      version: version.name,
      title: schedule.title,
      digest: version.digest,
      state: both((p) => p.access.policies.state[version.state]),
      since: activatedAt === null ? '' : dayText(activatedAt, zone),
      approvedBy: by(version),
      madeAt: deps.now(),
      zone,
      rules: zh.rules.map((rule, i) => {
        const other = en.rules[i] ?? rule;
        const pair = (field: Exclude<keyof typeof rule, 'id'>) => ({ zh: rule[field], en: other[field] });
        return {
          title: pair('title'),
          match: pair('match'),
          period: pair('period'),
          minimum: pair('minimum'),
          maximum: pair('maximum'),
          trigger: pair('trigger'),
          basis: pair('basis'),
          owner: pair('owner'),
        };
      }),
    },
    deps.signer,
  );
  const name = `${phrasesFor(ctx.lang).documents.retentionSchedule.title}-${version.name}.pdf`;
  return { body, type: PDF, headers: attached(name, PDF) };
}

/** The printed form of a version of the retention schedule, from page and API. */
export function scheduleFormRoutes(deps: HttpDeps): Route[] {
  return [
    defineRoute({
      kind: 'api',
      tag: 'retention',
      method: 'get',
      path: '/api/v1/schedules/:id/form.pdf',
      name: 'printSchedule',
      summary: 'A version of the retention schedule as a signed PDF in both languages; printing is on record.',
      guard: 'policy.view',
      params: idParams,
      streams: [PDF],
      handler: (ctx, { params }) => scheduleForm(deps, ctx, params.id),
    }),
    definePage({
      method: 'get',
      path: '/schedules/:id/form.pdf',
      name: 'printSchedulePage',
      guard: 'policy.view',
      params: idParams,
      streams: [PDF],
      handler: (ctx, { params }) => scheduleForm(deps, ctx, params.id),
    }),
  ];
}
