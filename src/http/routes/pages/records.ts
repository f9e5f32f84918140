import type { PersonalDataKind } from '../../../classification/index.js';
import { registersOf } from '../../../disposition/index.js';
import { phrasesFor, say } from '../../../phrases/index.js';
import { confirmTerm, openReading, reclassify, SENSITIVITIES, SERVICE_TYPES, CLIENT_TYPES, viewRecord, type RecordView } from '../../../records/index.js';
import { holdsOfRecord, type RecordHold } from '../../../disposition/index.js';
import { reportFalseAlarm, searchable } from '../../../search/index.js';
import { EMPTY_FORM, paths, recordPage, type ReadingOffer, type RecordModel, type RecordRow } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { check } from '../../../errors/index.js';
import { z } from 'zod';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type RequestContext, type Route } from '../../route.js';
import { present } from '../records.js';
import { standingAt } from './acts.js';
import { attempt, departmentsOf, formBody, optional, purposeText, refusedForm, rowOf, textOf, type Form } from './common.js';

type Shown = ReturnType<typeof present>;

/** Marks of a file that the list of files has words for. */
const MARKS = new Set(['empty', 'encrypted', 'renamed', 'not_searchable']);

export function fileRow(file: RecordView['files'][number]) {
  return {
    id: file.id,
    name: file.name,
    type: file.mediaType,
    size: file.size,
    marks: file.flags.filter((flag) => MARKS.has(flag)) as ('empty' | 'encrypted')[],
  };
}

function stampOf(ctx: RequestContext, view: Shown): RecordModel['stamp'] {
  if (view.archivalCode === null) return null;
  const { common, values } = phrasesFor(ctx.lang);
  const years = Math.round((Date.parse(view.term.until) - Date.parse(view.closedAt)) / 31_557_600_000);
  return {
    fonds: view.fonds,
    year: String(view.year),
    item: /(\d+)$/.exec(view.archivalCode)?.[1] ?? '',
    office: values.serviceType[view.serviceType],
    term: say(common.years, { count: years }),
    extent: say(common.files, { count: view.fileCount }),
  };
}

/** How a change of a field is told; any other is a change of classification. */
const HISTORY_EVENTS: Readonly<Record<string, RecordModel['timeline'][number]['event']>> = {
  sensitivity: 'sensitivity_changed',
  term: 'term_extended',
  state: 'state_changed',
};
/** Of a flag it is told that it was set or lifted. */
const FLAG_EVENTS: Readonly<Record<string, Readonly<Record<string, RecordModel['timeline'][number]['event']>>>> = {
  held: { yes: 'hold_set', no: 'hold_lifted' },
  restricted: { yes: 'restricted', no: 'released' },
};

function timelineOf(deps: HttpDeps, ctx: RequestContext, view: Shown, tombstone: RecordModel['tombstone']): RecordModel['timeline'] {
  const values = phrasesFor(ctx.lang).values;
  const word = (field: string, value: string | null): string => {
    const texts: Record<string, Readonly<Record<string, string>>> = {
      sensitivity: values.sensitivity,
      serviceType: values.serviceType,
      clientType: values.clientType,
      state: values.recordState,
    };
    return value === null ? '—' : (texts[field]?.[value] ?? value);
  };
  const items: RecordModel['timeline'][number][] = [
    { at: view.openedAt, event: 'opened', text: values.channel[view.channel] },
    { at: view.closedAt, event: 'closed' },
    ...(view.returnCallAt === null ? [] : [{ at: view.returnCallAt, event: 'return_call' as const }]),
    ...(view.archivedAt === null ? [] : [{ at: view.archivedAt, event: 'archived' as const, text: view.archivalCode ?? '' }]),
    ...(view.archivedAt !== null && Date.parse(view.archivedAt) - Date.parse(view.receivedAt) < 60_000
      ? []
      : [{ at: view.receivedAt, event: 'received' as const }]),
    ...view.history.map((one) => {
      const flag = FLAG_EVENTS[one.field]?.[one.new ?? ''];
      if (flag !== undefined) return { at: one.at, event: flag };
      const event = HISTORY_EVENTS[one.field] ?? ('classified' as const);
      // of a tombstone it is left that something was changed, not what
      if (one.old === null && one.new === null) return { at: one.at, event };
      return { at: one.at, event, text: `${word(one.field, one.old)} → ${word(one.field, one.new)}` };
    }),
    ...view.versions.slice(1).map((one) => ({ at: one.createdAt, event: 'version_added' as const })),
    ...view.readings.map((one) => ({ at: one.openedAt, event: 'read' as const, text: purposeText(deps, ctx, one.purpose) })),
    ...view.readings.flatMap((one) => (one.endedAt === null || one.state !== 'returned' ? [] : [{ at: one.endedAt, event: 'returned' as const }])),
  ];
  if (tombstone !== null && tombstone.at !== null && tombstone.state !== 'destroying')
    items.push({ at: tombstone.at, event: 'destroyed', text: tombstone.number });
  items.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  if (tombstone !== null) return items;
  return view.archivedAt === null ? items : [...items, { at: view.term.until, event: 'due', ahead: true }];
}

function offerOf(
  deps: HttpDeps,
  ctx: RequestContext,
  view: Shown,
  form: Form | undefined,
  refused: Parameters<typeof refusedForm>[1] | undefined,
): ReadingOffer {
  const open = view.readings.find((one) => one.own && one.state === 'open');
  if (open) return { kind: 'open', readingId: open.id, remainingSeconds: deps.records.settings.readingIdleMinutes * 60 };
  if (view.archivalCode === null) return { kind: 'not_archived' };
  const decision = deps.access.version();
  const purposes = view.purposes.map((one) => ({ value: one.code, text: one[ctx.lang] }));
  if (!view.may['read']) {
    const emergency = view.may['emergency'] ? { purposes, form: EMPTY_FORM } : null;
    return { kind: 'denied', rule: 'record.read', policy: decision, emergency };
  }
  return {
    kind: 'may',
    purposes,
    last: view.last === null ? null : { purpose: view.last.purpose, text: purposeText(deps, ctx, view.last.purpose), ticket: view.last.ticket || null },
    form: refused && form ? refusedForm(form, refused, { note: 'detail' }) : EMPTY_FORM,
  };
}

/** What of a record can be searched, for who may read it. */
async function searchableOf(deps: HttpDeps, ctx: RequestContext, id: string): Promise<RecordModel['searchable']> {
  const found = await searchable(deps.search, ctx.actor, id);
  if (found === null) return null;
  const { reasons } = phrasesFor(ctx.lang).extract;
  return {
    files: found.files.map((one) => ({ ...one, reason: one.reason === null ? null : ((reasons as Record<string, string>)[one.reason] ?? reasons.failed) })),
    masked: found.masked.map(({ kind, count }) => ({ kind: kind as PersonalDataKind, count })),
    mayReport: true,
  };
}

/** A hold over a record, as far as the viewer may know of it. */
function holdOf({ lang }: RequestContext, { id, number, matter, reason, since }: RecordHold): RecordModel['holds'][number] {
  if (id === null || number === null || matter === null) return { text: null, href: null, since };
  const t = phrasesFor(lang).pages.holds;
  return { text: say(t.record.one, { number, matter: t.matters[matter], reason: reason ?? '' }), href: paths.hold(id), since };
}

/** The register is a link for whoever may see how it is carried out. */
async function tombstoneOf(deps: HttpDeps, ctx: RequestContext, { id, state }: Pick<Shown, 'id' | 'state'>): Promise<RecordModel['tombstone']> {
  if (state !== 'destroying' && state !== 'shredded' && state !== 'destroyed') return null;
  const found = (await registersOf(deps.execution, [id])).get(id);
  const register = found?.register ?? null;
  return {
    state,
    number: found?.number ?? '',
    at: found?.at?.toISOString() ?? null,
    href: register !== null && deps.access.mayEver(ctx.actor, 'destruction.list') ? paths.destruction(register) : null,
  };
}

export async function recordModel(
  deps: HttpDeps,
  ctx: RequestContext,
  id: string,
  form?: Form,
  refused?: Parameters<typeof refusedForm>[1],
): Promise<RecordModel> {
  const view = present(deps, await viewRecord(deps.records, ctx.actor, id));
  const { name } = await departmentsOf(deps, ctx);
  const row: RecordRow = rowOf(view);
  const tombstone = await tombstoneOf(deps, ctx, view);
  return {
    ...row,
    department: name(view.department),
    openedAt: view.openedAt,
    servedAt: null,
    staffName: view.staff.name,
    dossierHref: view.client.number !== '' && deps.access.mayEver(ctx.actor, 'dossier.view') ? paths.client(view.client.number) : null,
    clientPhone: view.client.phone || null,
    clientEmail: null,
    tags: view.tags,
    source: { system: view.sourceSystem, creator: null },
    crossReference: view.crossReference || null,
    fonds: view.fonds,
    stamp: stampOf(ctx, view),
    kept:
      view.archivedAt === null
        ? null
        : {
            until: view.term.until,
            reasons: view.term.texts[ctx.lang],
            minimum: view.term.minimum,
            maximum: view.term.maximum,
            rule: view.term.rule,
            version: view.term.version,
          },
    lockedUntil: view.archivedAt === null || tombstone !== null ? null : view.term.minimum,
    holds: view.held ? (await holdsOfRecord(deps.holds, ctx.actor, id)).map((one) => holdOf(ctx, one)) : [],
    holdHref: tombstone === null && deps.access.mayEver(ctx.actor, 'hold.propose') ? paths.newHoldFor(id) : null,
    loan: null,
    tombstone,
    restricted: view.restricted,
    files: view.files.map(fileRow),
    absent: [],
    timeline: timelineOf(deps, ctx, view, tombstone),
    versions: view.versions.map((one, i) => ({
      number: one.number,
      at: one.createdAt,
      by: i === 0 ? view.sourceSystem : '',
      current: i === view.versions.length - 1,
    })),
    similar: view.similarTo === null ? [] : [{ id: view.similarTo, title: view.similarTo, code: '' }],
    reading: offerOf(deps, ctx, view, form, refused),
    mayArrange: view.may['arrange'] ?? false,
    searchable: view.may['read'] ? await searchableOf(deps, ctx, id) : null,
    work: {
      term: view.may['confirmTerm'] ?? false,
      correct: view.may['correct'] ?? false,
      lowering: view.lowering === null ? null : { from: view.sensitivity, ...view.lowering },
      termWaits: view.term.special === 'asked' && !view.may['confirmTerm'],
      reclassify: view.may['reclassify']
        ? { serviceType: view.serviceType, clientType: view.clientType, sensitivity: view.sensitivity, tags: view.tags }
        : null,
    },
  };
}

const classificationForm = z.object({
  serviceType: z.enum(SERVICE_TYPES),
  clientType: z.enum(CLIENT_TYPES),
  sensitivity: z.enum(SENSITIVITIES),
  tags: z.string().max(2000).default(''),
});

/** Acts of archive work from the record's page: both come back to it, and say what happened. */
function workPages(deps: HttpDeps): Route[] {
  const back = async <T>(ctx: RequestContext, id: string, code: string | ((done: T) => string), act: () => Promise<T>) => {
    const tried = await attempt(act);
    if ('done' in tried) return redirectWith(paths.record(id), { kind: 'good', code: typeof code === 'string' ? code : code(tried.done) });
    const { code: why } = tried.refused;
    if (why === 'conflict') return redirectWith(paths.record(id), { kind: 'info', code: 'nothing_changed' });
    return redirectWith(paths.record(id), { kind: 'bad', code: 'refused', params: { reason: phrasesFor(ctx.lang).errors[why].title } });
  };
  return [
    definePage({
      method: 'post',
      path: '/records/:id/term',
      name: 'confirmTermForm',
      guard: 'record.confirm_term',
      params: idParams,
      bodyKind: 'form',
      body: z.object({ confirm: z.enum(['0', '1']) }),
      handler: (ctx, { params, body }) =>
        back(ctx, params.id, body.confirm === '1' ? 'term_confirmed' : 'term_refused', () =>
          confirmTerm(deps.records, ctx.actor, { recordId: params.id, confirm: body.confirm === '1' }),
        ),
    }),
    definePage({
      method: 'post',
      path: '/records/:id/classification',
      name: 'reclassifyForm',
      guard: 'record.reclassify',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { params, body }) =>
        back(
          ctx,
          params.id,
          (done) => (done.lowering === null ? 'reclassified' : 'lowering_proposed'),
          () => {
            const { tags, ...to } = check(classificationForm, body);
            const list = tags
              .split(/[,，、]/u)
              .map((one) => one.trim())
              .filter((one) => one !== '');
            return reclassify(deps.records, ctx.actor, { recordId: params.id, ...to, tags: list });
          },
        ),
    }),
  ];
}

/** The page of a record, and opening a reading from it. */
export function recordPages(deps: HttpDeps): Route[] {
  return [
    ...workPages(deps),
    definePage({
      method: 'get',
      path: '/records/:id',
      name: 'recordPage',
      guard: 'record.view',
      params: idParams,
      handler: async (ctx, { params }) => page(deps, ctx, recordPage, await recordModel(deps, ctx, params.id)),
    }),
    definePage({
      method: 'post',
      path: '/records/:id/false-alarms',
      name: 'falseAlarmForm',
      guard: 'record.read',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params, body }) {
        const tried = await attempt(() => reportFalseAlarm(deps.search, ctx.actor, params.id, { text: textOf(body, 'text') }));
        if ('done' in tried) return redirectWith(paths.record(params.id), { kind: 'good', code: 'false_alarm_reported' });
        const model = await recordModel(deps, ctx, params.id);
        const { searchable: report } = model;
        if (report === null || tried.refused.fields.length === 0) throw tried.refused;
        const shown = { ...model, searchable: { ...report, form: refusedForm(body, tried.refused) } };
        return page(deps, standingAt(ctx, paths.record(params.id)), recordPage, shown, { status: tried.refused.status });
      },
    }),
    definePage({
      method: 'post',
      path: '/records/:id/readings',
      name: 'openReadingForm',
      guard: 'record.read',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params, body }) {
        const input = {
          recordId: params.id,
          purpose: textOf(body, 'purpose'),
          ...optional('note', textOf(body, 'detail')),
          ...optional('ticket', textOf(body, 'ticket')),
        };
        const tried = await attempt(() => openReading(deps.records, ctx.actor, input));
        if ('done' in tried) return { redirect: paths.reading(tried.done.id) };
        if (tried.refused.code === 'forbidden') throw tried.refused;
        return page(deps, ctx, recordPage, await recordModel(deps, ctx, params.id, body, tried.refused), { status: tried.refused.status });
      },
    }),
  ];
}
