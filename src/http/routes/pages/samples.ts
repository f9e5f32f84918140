import { z } from 'zod';
import { describeAct } from '../../../audit/index.js';
import { check, CodedError, isCoded } from '../../../errors/index.js';
import { phrasesFor } from '../../../phrases/index.js';
import {
  caseOfItem,
  closeSample,
  drawSample,
  listSamples,
  markItem,
  SAMPLE_STATES,
  takeSample,
  viewSample,
  viewSampleItem,
  type SampleItem,
  type SampleSummary,
} from '../../../reports/index.js';
import {
  EMPTY_FORM,
  paths,
  sampleItemPage,
  samplePage,
  samplesPage,
  type FormState,
  type SampleItemRow,
  type SampleRow,
  type SamplesModel,
  type SampleViewName,
} from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { EXPORTS, itemParams, markBody, positionOf, sampleBody, sampleExport } from '../samples.js';
import { refusedAt, standingAt } from './acts.js';
import { attempt, formBody, linkTo, pagingOf, purposeText, refusedForm, textOf, type Form } from './common.js';
import { oversightPlaces } from './signals.js';

type Names = ReadonlyMap<string, string>;
const nameOf = (names: Names, id: string | null): string => (id === null ? '' : (names.get(id) ?? `…${id.slice(-8)}`));

function sampleRow(one: SampleSummary, names: Names): SampleRow {
  const { id, number, kind, from, to, frame, size, state, announcedAt, justified, notJustified, unclear, waiting } = one;
  return { id, number, kind, from, to, frame, size, state, announcedAt, justified, notJustified, unclear, waiting, by: nameOf(names, one.drawnBy) };
}

const listQuery = z.strictObject({ state: z.enum(SAMPLE_STATES, 'unknown_value').optional(), after: z.string().max(200, 'too_long').optional() });
const VIEWS: readonly SampleViewName[] = ['all', 'open', 'closed', 'announced'];

function drawingOf(deps: HttpDeps, ctx: RequestContext, form: FormState): SamplesModel['draw'] {
  if (!deps.access.mayEver(ctx.actor, 'sample.draw')) return null;
  const { largest, drawer_share: share } = deps.rules.acting('oversight', deps.reports.oversightRules.versions).sampling;
  return { form, largest, share };
}

async function showList(deps: HttpDeps, ctx: RequestContext, query: z.output<typeof listQuery>, form: FormState, status = 200): Promise<Reply> {
  const { items, next } = await listSamples(deps.reports, ctx.actor, query);
  const names = await deps.accounts.namesOfPersons([...new Set(items.map((one) => one.drawnBy))]);
  const model: SamplesModel = {
    places: oversightPlaces(deps, ctx),
    view: query.state ?? 'all',
    views: VIEWS.map((name) => ({ name, href: linkTo(paths.samples, name === 'all' ? {} : { state: name }) })),
    rows: items.map((one) => sampleRow(one, names)),
    paging: pagingOf(paths.samples, query, items.length, next),
    draw: drawingOf(deps, ctx, form),
  };
  return page(deps, status === 200 ? ctx : standingAt(ctx, paths.samples), samplesPage, model, { status });
}

async function take(deps: HttpDeps, ctx: RequestContext, body: Form): Promise<Reply> {
  const typed = { kind: textOf(body, 'kind'), from: textOf(body, 'from'), to: textOf(body, 'to') };
  const size = textOf(body, 'size');
  const tried = await attempt(() =>
    takeSample(deps.reports, ctx.actor, check(sampleBody, { ...typed, size: /^\d{1,9}$/.test(size) ? Number(size) : size === '' ? undefined : 0.5 })),
  );
  if ('done' in tried) return redirectWith(paths.sample(tried.done), { kind: 'good', code: 'sample_drawn' });
  return tried.refused.fields.length > 0 ? showList(deps, ctx, {}, refusedForm(body, tried.refused), 422) : refusedAt(paths.samples, tried.refused);
}

function itemRow(deps: HttpDeps, ctx: RequestContext, one: SampleItem, names: Names): SampleItemRow {
  const p = phrasesFor(ctx.lang);
  const entry = one.logged?.entry;
  return {
    position: one.position,
    entry: `${one.log}/${one.sequence}`,
    entryHref: deps.access.mayEver(ctx.actor, 'audit.search') ? paths.auditEntry(one.log, one.sequence) : null,
    at: entry?.t ?? null,
    who: one.personId === null ? p.pages.oversight.samples.one.unknown : nameOf(names, one.personId),
    act: entry === undefined ? '' : describeAct(entry.act, p.audit),
    purpose: entry?.purpose === undefined ? '' : purposeText(deps, ctx, entry.purpose),
    own: one.own,
    mark: one.mark,
    markedBy: nameOf(names, one.markedBy),
  };
}

const personsOf = (items: readonly SampleItem[]): string[] => items.flatMap((one) => [one.personId, one.markedBy].filter((id) => id !== null));

async function showSample(deps: HttpDeps, ctx: RequestContext, id: string, after: number | undefined): Promise<Reply> {
  const one = await viewSample(deps.reports, ctx.actor, id, after);
  const names = await deps.accounts.namesOfPersons([...new Set([one.drawnBy, ...(one.closedBy === null ? [] : [one.closedBy]), ...personsOf(one.items)])]);
  const { rules, head, seed, frameDigest, fromAt, toAt, drawnAt, closedAt, drawerMost, result, mayDraw, mayClose, toMark } = one;
  return page(deps, ctx, samplePage, {
    ...sampleRow(one, names),
    rules,
    head,
    seed,
    frameDigest,
    fromAt,
    toAt,
    drawnAt,
    closedAt,
    drawerMost,
    result,
    mayDraw,
    mayClose,
    toMark,
    closedBy: nameOf(names, one.closedBy),
    items: one.items.map((each) => itemRow(deps, ctx, each, names)),
    paging: pagingOf(paths.sample(id), { after }, one.items.length, one.next === null ? null : String(one.next)),
    mayExport: deps.access.mayEver(ctx.actor, 'usage.export'),
  });
}

async function showItem(deps: HttpDeps, ctx: RequestContext, id: string, position: number, form: FormState = EMPTY_FORM): Promise<Reply> {
  const { sample, item, next } = await viewSampleItem(deps.reports, ctx.actor, id, position);
  const names = await deps.accounts.namesOfPersons([...new Set(personsOf([item]))]);
  const p = phrasesFor(ctx.lang);
  const record = item.logged?.entry.facts?.['record'];
  const reading = item.logged?.entry.subject;
  const recordHref = typeof record === 'string' && deps.access.mayEver(ctx.actor, 'record.view') ? paths.record(record) : null;
  const readingHref = reading?.kind === 'reading' && deps.access.mayEver(ctx.actor, 'audit.search') ? linkTo(paths.audit, { reading: reading.id }) : null;
  const linked = (href: string | null, text: string) => (href === null ? text : { href, text });
  return page(
    deps,
    form === EMPTY_FORM ? ctx : standingAt(ctx, paths.sampleItem(id, position)),
    sampleItemPage,
    {
      ...itemRow(deps, ctx, item, names),
      sampleId: id,
      number: sample.number,
      links: [
        ...(typeof record === 'string' ? [{ term: p.pages.oversight.samples.columns.record, to: linked(recordHref, `…${record.slice(-8)}`) }] : []),
        ...(reading?.kind === 'reading' ? [{ term: p.pages.oversight.samples.item.reading, to: linked(readingHref, `…${reading.id.slice(-8)}`) }] : []),
      ],
      markedAt: item.markedAt,
      note: item.note,
      case: item.caseId === null ? null : { number: item.caseNumber ?? '', href: deps.access.mayEver(ctx.actor, 'case.work') ? paths.case(item.caseId) : null },
      mayMark: item.mayMark,
      mayOpenCase: item.mayOpenCase,
      open: sample.state === 'open' && deps.access.mayEver(ctx.actor, 'sample.mark'),
      next,
      form: form === EMPTY_FORM && item.mark !== null ? { values: { mark: item.mark, note: item.note ?? '' }, errors: [] } : form,
    },
    { status: form === EMPTY_FORM ? 200 : 422 },
  );
}

async function mark(deps: HttpDeps, ctx: RequestContext, id: string, position: number, body: Form): Promise<Reply> {
  const tried = await attempt(() =>
    markItem(deps.reports, ctx.actor, { sampleId: id, position, ...check(markBody, { mark: textOf(body, 'mark'), note: textOf(body, 'note') }) }),
  );
  if ('refused' in tried)
    return tried.refused.fields.length > 0
      ? showItem(deps, ctx, id, position, refusedForm(body, tried.refused))
      : refusedAt(paths.sampleItem(id, position), tried.refused);
  const { next } = await viewSampleItem(deps.reports, ctx.actor, id, position);
  return redirectWith(next === null ? paths.sample(id) : paths.sampleItem(id, next), { kind: 'good', code: 'sample_marked' });
}

/** Samples for review, for people. */
export function samplePages(deps: HttpDeps): Route[] {
  return [
    definePage({
      method: 'get',
      path: paths.samples,
      name: 'samplesPage',
      guard: 'sample.view',
      query: listQuery,
      handler: (ctx, { query }) => showList(deps, ctx, query, EMPTY_FORM),
    }),
    definePage({
      method: 'post',
      path: paths.samples,
      name: 'takeSampleForm',
      guard: 'sample.draw',
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { body }) => take(deps, ctx, body),
    }),
    definePage({
      method: 'get',
      path: '/samples/:id',
      name: 'samplePage',
      guard: 'sample.view',
      params: idParams,
      query: z.strictObject({
        after: z.coerce
          .number('wrong_type')
          .int()
          .min(-1)
          .max(2 ** 31 - 1)
          .optional(),
      }),
      handler: (ctx, { params, query }) => showSample(deps, ctx, params.id, query.after),
    }),
    definePage({
      method: 'get',
      path: '/samples/:id/export',
      name: 'sampleExportPage',
      guard: 'usage.export',
      params: idParams,
      query: z.strictObject({ format: z.enum(EXPORTS).default('xlsx') }),
      handler: (ctx, { params, query }) => sampleExport(deps, ctx, params.id, query.format, ctx.lang),
    }),
    definePage({
      method: 'post',
      path: '/samples/:id/:step',
      name: 'sampleStepForm',
      guard: 'sample.view',
      params: z.strictObject({ id: z.uuid(), step: z.string().max(10) }),
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params: { id, step } }) {
        if (step !== 'draw' && step !== 'close') throw new CodedError('not_found');
        const tried = await attempt(() => (step === 'draw' ? drawSample : closeSample)(deps.reports, ctx.actor, id));
        if ('done' in tried) return redirectWith(paths.sample(id), { kind: 'good', code: step === 'draw' ? 'sample_drawn' : 'sample_closed' });
        return refusedAt(paths.sample(id), tried.refused);
      },
    }),
    definePage({
      method: 'get',
      path: '/samples/:id/items/:position',
      name: 'sampleItemPage',
      guard: 'sample.view',
      params: itemParams,
      handler: (ctx, { params }) => showItem(deps, ctx, params.id, positionOf(params.position)),
    }),
    definePage({
      method: 'post',
      path: '/samples/:id/items/:position/mark',
      name: 'markItemForm',
      guard: 'sample.mark',
      params: itemParams,
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { params, body }) => mark(deps, ctx, params.id, positionOf(params.position), body),
    }),
    definePage({
      method: 'post',
      path: '/samples/:id/items/:position/case',
      name: 'itemCaseForm',
      guard: 'case.work',
      params: itemParams,
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params }) {
        const position = positionOf(params.position);
        const tried = await attempt(() => caseOfItem(deps.reports, ctx.actor, { sampleId: params.id, position }));
        if ('done' in tried) return redirectWith(paths.case(tried.done), { kind: 'good', code: 'case_opened' });
        return refusedAt(isCoded(tried.refused, 'forbidden') ? paths.samples : paths.sampleItem(params.id, position), tried.refused);
      },
    }),
  ];
}
