import { z } from 'zod';
import { answerCorrection, correctionDraft, correctRecord, listCorrections, viewCorrection, viewRecord, type Correction } from '../../../records/index.js';
import {
  correctionFormPage,
  correctionPage,
  correctionPatch,
  correctionsPage,
  formFromDraft,
  paths,
  type CorrectionListRow,
  type FormState,
} from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { actAt, refusedAt, standingAt } from './acts.js';
import { attempt, departmentsOf, formBody, pagingOf, refusedForm, textOf } from './common.js';

const rowOf = (one: Correction, names: ReadonlyMap<string, string>): CorrectionListRow => ({
  id: one.id,
  recordId: one.recordId,
  title: one.title,
  code: one.archivalCode ?? one.serviceNo,
  fields: one.fields,
  by: names.get(one.proposedBy) ?? '',
  at: one.proposedAt,
  state: one.state,
  own: one.own,
});

/** Rows of a list that a draft or a form holds. */
function rowsIn(values: FormState['values'], list: string): number {
  const found = Object.keys(values).map((path) => new RegExp(`^${list}\\.(\\d{1,3})\\.`).exec(path)?.[1]);
  return Math.max(0, ...found.map((index) => (index === undefined ? 0 : Number(index) + 1)));
}

async function formReply(deps: HttpDeps, ctx: RequestContext, record: { id: string; title: string }, form: FormState, status = 200): Promise<Reply> {
  const { options } = await departmentsOf(deps, ctx);
  // one that is closed meanwhile stays what it was
  const value = form.values['department'];
  const now = typeof value === 'string' ? value : '';
  const departments = now === '' || options.some((one) => one.value === now) ? options : [{ value: now, text: now }, ...options];
  const rows = { exceptions: rowsIn(form.values, 'exceptions'), followUps: rowsIn(form.values, 'followUps') };
  return page(
    deps,
    standingAt(ctx, paths.correctRecord(record.id)),
    correctionFormPage,
    { recordId: record.id, title: record.title, form, departments, rows },
    { status },
  );
}

/** Corrections of archived records, for people. */
export function correctionPages(deps: HttpDeps): Route[] {
  const { records } = deps;
  return [
    definePage({
      method: 'get',
      path: paths.corrections,
      name: 'correctionsPage',
      guard: 'record.correct',
      query: z.strictObject({
        state: z.enum(['proposed', 'agreed', 'refused']).default('proposed'),
        record: z.uuid().optional(),
        after: z.string().max(120).optional(),
      }),
      async handler(ctx, { query }) {
        const { state, record: recordId, after } = query;
        const { items, next } = await listCorrections(records, ctx.actor, { state, recordId }, after);
        const names = await deps.accounts.namesOfPersons([...new Set(items.map((one) => one.proposedBy))]);
        const record = recordId === undefined ? null : { id: recordId, title: (await viewRecord(records, ctx.actor, recordId)).title };
        const rows = items.map((one) => rowOf(one, names));
        return page(deps, ctx, correctionsPage, { tab: state, record, rows, paging: pagingOf(paths.corrections, { ...query }, rows.length, next) });
      },
    }),
    definePage({
      method: 'get',
      path: '/corrections/:id',
      name: 'correctionPage',
      guard: 'record.correct',
      params: idParams,
      async handler(ctx, { params }) {
        const one = await viewCorrection(records, ctx.actor, params.id);
        const names = await deps.accounts.namesOfPersons([one.proposedBy, one.decidedBy].filter((id) => id !== null));
        return page(deps, ctx, correctionPage, {
          ...rowOf(one, names),
          reason: one.reason,
          requestId: one.requestId,
          decidedBy: one.decidedBy === null ? '' : (names.get(one.decidedBy) ?? ''),
          decidedAt: one.decidedAt,
          changes: one.changes,
        });
      },
    }),
    definePage({
      method: 'post',
      path: '/corrections/:id/answer',
      name: 'answerCorrectionForm',
      guard: 'record.correct',
      params: idParams,
      bodyKind: 'form',
      body: z.looseObject({ agree: z.enum(['0', '1']) }),
      handler(ctx, { params, body }) {
        const agree = body.agree === '1';
        return actAt(paths.correction(params.id), agree ? 'correction_agreed' : 'correction_refused', () =>
          answerCorrection(records, ctx.actor, { id: params.id, agree }),
        );
      },
    }),
    definePage({
      method: 'get',
      path: '/records/:id/correct',
      name: 'correctRecordPage',
      guard: 'record.correct',
      params: idParams,
      async handler(ctx, { params }) {
        const tried = await attempt(() => correctionDraft(records, ctx.actor, params.id));
        if ('refused' in tried) return refusedAt(paths.record(params.id), tried.refused);
        const { title, draft } = tried.done;
        return formReply(deps, ctx, { id: params.id, title }, { values: formFromDraft(draft, deps.config.timeZone), errors: [] });
      },
    }),
    definePage({
      method: 'post',
      path: '/records/:id/correct',
      name: 'correctRecordForm',
      guard: 'record.correct',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params, body }) {
        const { reason: _, ...values } = body;
        const input = {
          recordId: params.id,
          patch: (now: object) => correctionPatch(now, values, deps.config.timeZone),
          reason: textOf(body, 'reason'),
        };
        const tried = await attempt(() => correctRecord(records, ctx.actor, input));
        if ('done' in tried) return redirectWith(paths.correction(tried.done.id), { kind: 'good', code: 'correction_proposed' });
        if (tried.refused.fields.length === 0) return refusedAt(paths.record(params.id), tried.refused);
        const { title } = await viewRecord(records, ctx.actor, params.id);
        return formReply(deps, ctx, { id: params.id, title }, refusedForm(body, tried.refused, { patch: 'reason' }), tried.refused.status);
      },
    }),
  ];
}
