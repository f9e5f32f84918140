import { z } from 'zod';
import { invalidField } from '../../../errors/index.js';
import {
  capture,
  completeRecord,
  listSentBackToMe,
  listWaiting,
  SERVICE_TYPES,
  sendBack,
  viewRecord,
  type CaptureFile,
  type RecordView,
  type Waiting,
} from '../../../records/index.js';
import {
  arrangeOnePage,
  arrangePage,
  draftFromForm,
  formFromDraft,
  paths,
  sentBackPage,
  takeInPage,
  type ArrangeOneModel,
  type FormState,
  type RecordFormModel,
} from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import type { FilePart, TextPart } from '../../multipart.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type RequestContext, type Route } from '../../route.js';
import { afterQuery, attempt, departmentsOf, formBody, listOf, pagingOf, refusedForm, rowOf, textOf, type Form } from './common.js';
import { fileRow } from './records.js';

/** Which fields the scheme's forms require without a condition, and for which service types. */
function requiredBy(deps: HttpDeps): RecordFormModel['requiredBy'] {
  const scheme = deps.records.schemes.newest;
  const required: Record<string, (typeof SERVICE_TYPES)[number][]> = {};
  for (const type of SERVICE_TYPES) {
    const form = scheme.forms[scheme.serviceTypes[type].form];
    for (const one of form?.required ?? []) if (one.field !== undefined && one.when === undefined) (required[one.field] ??= []).push(type);
  }
  return required;
}

async function formModel(deps: HttpDeps, ctx: RequestContext, form: FormState): Promise<RecordFormModel> {
  const { options } = await departmentsOf(deps, ctx);
  const { filesPerRecord, fileBytes } = deps.config.limits;
  return { form, requiredBy: requiredBy(deps), departments: options, maxFiles: filesPerRecord, maxFileBytes: fileBytes };
}

interface Upload {
  values: Form;
  files: AsyncIterable<CaptureFile>;
}

/** The fields of a form, which a browser sends before the files; the files stay unread until they are asked for. */
async function readForm(ctx: RequestContext): Promise<Upload> {
  if (!ctx.header('Content-Type').startsWith('multipart/form-data')) throw invalidField('body', 'wrong_type');
  const iterator = ctx.parts()[Symbol.asyncIterator]();
  const values: Record<string, string[]> = {};
  let next = await iterator.next();
  while (next.done !== true && next.value.kind === 'text') {
    (values[next.value.field] ??= []).push(next.value.value);
    next = await iterator.next();
  }
  const first = next.done === true ? undefined : (next.value as FilePart);
  return { values, files: filesFrom(first, iterator) };
}

async function* filesFrom(first: FilePart | undefined, rest: AsyncIterator<FilePart | TextPart>): AsyncIterable<CaptureFile> {
  for (let part: FilePart | TextPart | undefined = first; part !== undefined;) {
    if (part.kind === 'file') {
      // A file input that was left empty sends a part without a name.
      if (part.filename === '') part.body.resume();
      else yield { name: part.filename, declaredType: part.declaredType, body: part.body, size: null };
    }
    const next: IteratorResult<FilePart | TextPart> = await rest.next();
    part = next.done === true ? undefined : next.value;
  }
}

async function drain(files: AsyncIterable<CaptureFile>): Promise<void> {
  for await (const file of files) file.body.resume();
}

function takeInPages(deps: HttpDeps): Route[] {
  const zone = deps.config.timeZone;
  return [
    definePage({
      method: 'get',
      path: paths.takeIn,
      name: 'takeInPage',
      guard: 'record.capture',
      async handler(ctx) {
        const who = await deps.accounts.whoIs(ctx.actor);
        const values = { 'source.system': 'manual', department: who.department, 'staff.name': who.name, medium: 'electronic' };
        return page(deps, ctx, takeInPage, await formModel(deps, ctx, { values, errors: [] }));
      },
    }),
    definePage({
      method: 'post',
      path: paths.records,
      name: 'takeInForm',
      guard: 'record.capture',
      bodyKind: 'multipart',
      async handler(ctx) {
        const { values, files } = await readForm(ctx);
        const tried = await attempt(() => capture(deps.records, ctx.actor, { draft: draftFromForm(values, zone), files }));
        if ('done' in tried) {
          const { archivalCode, id } = tried.done;
          return redirectWith(
            paths.record(id),
            archivalCode === null ? { kind: 'warn', code: 'received' } : { kind: 'good', code: 'archived', params: { code: archivalCode } },
          );
        }
        await drain(files).catch(() => undefined);
        const { refused } = tried;
        const whole = refused.code === 'invalid_field' ? {} : { refused: { code: refused.code, params: refused.params } };
        return page(deps, ctx, takeInPage, { ...(await formModel(deps, ctx, refusedForm(values, refused))), ...whole }, { status: refused.status });
      },
    }),
  ];
}

const missingOf = (one: { missing: readonly { field: string }[] }): string[] => [...new Set(one.missing.map(({ field }) => field))];

async function arrangeModel(deps: HttpDeps, ctx: RequestContext, view: RecordView, form?: FormState): Promise<ArrangeOneModel> {
  const { name } = await departmentsOf(deps, ctx);
  const catalogue = {
    title: view.title,
    serviceType: view.serviceType,
    channel: view.channel,
    medium: view.medium,
    sensitivity: view.sensitivity,
    department: view.department,
    openedAt: view.openedAt,
    closedAt: view.closedAt,
    client: { number: view.client.number, type: view.clientType },
    staff: { name: view.staff.name },
    tags: view.tags,
  };
  const mine = view.state === 'sent_back';
  return {
    ...(await formModel(deps, ctx, form ?? { values: formFromDraft(catalogue, deps.config.timeZone), errors: [] })),
    completes: true,
    existing: view.files.map(fileRow),
    id: view.id,
    title: view.title,
    serviceNo: view.serviceNo,
    from: [name(view.department), view.sourceSystem].join(' · '),
    missing: missingOf(view),
    similar: view.similarTo === null ? [] : [await similarOf(deps, ctx, view.similarTo, view)],
    reasons: [],
    ...(mine ? { sentBack: { reason: view.sentBackReason ?? '', by: '', at: view.receivedAt } } : {}),
    mayComplete: view.may.arrange || mine,
    maySendBack: view.may.sendBack,
  };
}

/** What looks like it; a record that the viewer may not see is named by nothing. */
async function similarOf(deps: HttpDeps, ctx: RequestContext, id: string, view: RecordView): Promise<ArrangeOneModel['similar'][number]> {
  const tried = await viewRecord(deps.records, ctx.actor, id).catch(() => undefined);
  if (tried === undefined) return { id, title: '—', code: '', closedAt: view.closedAt, sameDay: true };
  return {
    id,
    title: tried.title,
    code: tried.archivalCode ?? tried.serviceNo,
    closedAt: tried.closedAt,
    sameDay: tried.closedAt.slice(0, 10) === view.closedAt.slice(0, 10),
  };
}

function rowOfWaiting(one: Waiting, name: (code: string) => string) {
  return {
    ...rowOf(one),
    department: name(one.department),
    receivedAt: one.receivedAt,
    from: one.sourceSystem,
    missing: missingOf(one),
    similar: one.similarTo === null ? 0 : 1,
  };
}

function arrangePages(deps: HttpDeps): Route[] {
  const { records } = deps;
  return [
    definePage({
      method: 'get',
      path: paths.arrange,
      name: 'arrangePage',
      guard: 'record.arrange',
      query: afterQuery,
      async handler(ctx, { query }) {
        const { items, next } = await listWaiting(records, ctx.actor, { state: 'received', after: query.after });
        const { name } = await departmentsOf(deps, ctx);
        return page(deps, ctx, arrangePage, {
          rows: items.map((one) => rowOfWaiting(one, name)),
          paging: pagingOf(paths.arrange, query, items.length, next),
          chips: [],
        });
      },
    }),
    definePage({
      method: 'post',
      path: paths.acceptMany,
      name: 'acceptManyForm',
      guard: 'record.arrange',
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { body }) {
        let count = 0;
        for (const recordId of listOf(body, 'record')
          .slice(0, 200)
          .filter((id) => z.uuid().safeParse(id).success)) {
          const tried = await attempt(() => completeRecord(records, ctx.actor, { recordId, patch: {} }));
          if ('done' in tried && tried.done.state === 'archived') count++;
        }
        return redirectWith(paths.arrange, { kind: count > 0 ? 'good' : 'warn', code: 'accepted_many', params: { count } });
      },
    }),
    definePage({
      method: 'get',
      path: '/arrange/:id',
      name: 'arrangeOnePage',
      guard: 'record.capture',
      params: idParams,
      handler: async (ctx, { params }) => page(deps, ctx, arrangeOnePage, await arrangeModel(deps, ctx, await viewRecord(records, ctx.actor, params.id))),
    }),
    definePage({
      method: 'post',
      path: '/arrange/:id',
      name: 'completeForm',
      guard: 'record.capture',
      params: idParams,
      bodyKind: 'multipart',
      async handler(ctx, { params }) {
        const { values, files } = await readForm(ctx);
        const tried = await attempt(() =>
          completeRecord(records, ctx.actor, { recordId: params.id, patch: draftFromForm(values, deps.config.timeZone) as Record<string, unknown>, files }),
        );
        if ('done' in tried) {
          const { archivalCode } = tried.done;
          if (archivalCode !== null) return redirectWith(paths.record(params.id), { kind: 'good', code: 'completed', params: { code: archivalCode } });
          return redirectWith(paths.arrangeOne(params.id), { kind: 'warn', code: 'received' });
        }
        await drain(files).catch(() => undefined);
        if (tried.refused.fields.length === 0) throw tried.refused;
        const view = await viewRecord(records, ctx.actor, params.id);
        return page(deps, ctx, arrangeOnePage, await arrangeModel(deps, ctx, view, refusedForm(values, tried.refused)), { status: tried.refused.status });
      },
    }),
    definePage({
      method: 'post',
      path: '/arrange/:id/send-back',
      name: 'sendBackForm',
      guard: 'record.send_back',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params, body }) {
        const tried = await attempt(() => sendBack(records, ctx.actor, { recordId: params.id, reason: textOf(body, 'reason') }));
        if ('done' in tried) return redirectWith(paths.arrange, { kind: 'good', code: 'sent_back' });
        if (tried.refused.fields.length === 0) throw tried.refused;
        const model = await arrangeModel(deps, ctx, await viewRecord(records, ctx.actor, params.id));
        return page(deps, ctx, arrangeOnePage, { ...model, sendBackForm: refusedForm(body, tried.refused) }, { status: tried.refused.status });
      },
    }),
    definePage({
      method: 'get',
      path: paths.sentBack,
      name: 'sentBackPage',
      guard: 'record.capture',
      async handler(ctx) {
        const items = await listSentBackToMe(records, ctx.actor);
        const rows = items.map((one) => ({ ...rowOf(one), reason: one.reason ?? '', by: '', at: one.receivedAt }));
        return page(deps, ctx, sentBackPage, { rows, paging: { shown: rows.length } });
      },
    }),
  ];
}

/** Taking in one record, arranging what waits, completing what was sent back. */
export function intakePages(deps: HttpDeps): Route[] {
  return [...takeInPages(deps), ...arrangePages(deps)];
}
