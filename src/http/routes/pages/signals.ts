import { z } from 'zod';
import { phrasesFor } from '../../../phrases/index.js';
import {
  CASE_OUTCOMES,
  closeCase,
  entriesBehind,
  listCases,
  listSignals,
  noteCase,
  openAgain,
  ruleBehind,
  signalWhy,
  takeCase,
  viewCase,
  viewSignal,
  type CaseSummary,
  type SignalView,
} from '../../../reports/index.js';
import {
  casePage,
  casesPage,
  EMPTY_FORM,
  paths,
  signalPage,
  signalsPage,
  type CaseRow,
  type CaseViewName,
  type FilterChip,
  type FormState,
  type OversightPlace,
  type SignalModel,
  type SignalRow,
} from '../../../ui/index.js';
import { check, CodedError, isCoded } from '../../../errors/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { casesAsked, signalFields, caseFields } from '../signals.js';
import { refusedAt, standingAt } from './acts.js';
import { namesFor, rowOf } from './audit-rows.js';
import { afterQuery, attempt, formBody, linkTo, pagingOf, purposeText, refusedForm, textOf, type Form } from './common.js';

type Names = ReadonlyMap<string, string>;

/** Which tabs of oversight the viewer may enter. */
export function oversightPlaces(deps: HttpDeps, { actor }: RequestContext): OversightPlace[] {
  const acts = { signals: 'signal.view', cases: 'case.work', samples: 'sample.view', accounts: 'account.review' } as const;
  return (Object.keys(acts) as OversightPlace[]).filter((place) => deps.access.mayEver(actor, acts[place]));
}

const nameOf = (names: Names, id: string): string => names.get(id) ?? `…${id.slice(-8)}`;
const personHref = (deps: HttpDeps, ctx: RequestContext, id: string): string | null =>
  deps.access.mayEver(ctx.actor, 'person.view') ? paths.person(id) : null;

function signalRow(deps: HttpDeps, ctx: RequestContext, one: SignalView, names: Names): SignalRow {
  return {
    id: one.id,
    kind: one.kind,
    day: one.day,
    who: nameOf(names, one.personId),
    why: signalWhy(ctx.lang, one),
    caseHref: deps.access.mayEver(ctx.actor, 'case.work') ? paths.case(one.caseId) : null,
    caseNumber: one.caseNumber,
    caseState: one.caseState,
  };
}

const FIELDS = ['kind', 'state', 'person', 'from', 'to'] as const;
// a form that was sent without script says nothing as an empty text
const listQuery = z.preprocess(
  (query) => Object.fromEntries(Object.entries(query as Record<string, unknown>).filter(([, value]) => value !== '')),
  z.strictObject({ ...signalFields, after: z.string().max(200, 'too_long').optional() }),
);

async function showSignals(deps: HttpDeps, ctx: RequestContext, query: z.output<typeof listQuery>): Promise<Reply> {
  const { items, next } = await listSignals(deps.reports, ctx.actor, query);
  const { after: _after, ...filter } = query;
  const names = await deps.accounts.namesOfPersons([...new Set([...items.map((one) => one.personId), ...(query.person === undefined ? [] : [query.person])])]);
  const p = phrasesFor(ctx.lang);
  const t = p.pages.oversight.signals.filters;
  const words: Record<(typeof FIELDS)[number], string | undefined> = {
    kind: query.kind && p.reports.signals.kinds[query.kind],
    state: query.state && p.reports.signals.states[query.state],
    person: query.person && nameOf(names, query.person),
    from: query.from,
    to: query.to,
  };
  const chips: FilterChip[] = FIELDS.flatMap((name) => {
    const value = words[name];
    return value === undefined ? [] : [{ label: t[name], value, remove: linkTo(paths.signals, { ...filter, [name]: undefined }) }];
  });
  return page(deps, ctx, signalsPage, {
    places: oversightPlaces(deps, ctx),
    rows: items.map((one) => signalRow(deps, ctx, one, names)),
    paging: pagingOf(paths.signals, query, items.length, next),
    filters: { values: filter, errors: [] },
    chips,
    person: query.person ?? '',
  });
}

/** A threshold as it is read: purposes by name, the rest as it stands in the file. */
function thresholdText(deps: HttpDeps, ctx: RequestContext, value: unknown): string {
  const { common } = phrasesFor(ctx.lang);
  if (typeof value === 'boolean') return value ? common.yes : common.no;
  if (Array.isArray(value)) return value.length === 0 ? common.none : value.map((one) => purposeText(deps, ctx, String(one))).join(common.comma);
  return String(value);
}

async function showSignal(deps: HttpDeps, ctx: RequestContext, id: string): Promise<Reply> {
  const one = await viewSignal(deps.reports, ctx.actor, id);
  const names = await deps.accounts.namesOfPersons([one.personId]);
  const p = phrasesFor(ctx.lang);
  const t = p.pages.oversight.signals;
  const rule = ruleBehind(deps.reports, one);
  const maySearch = deps.access.mayEver(ctx.actor, 'audit.search');
  const entries = maySearch ? await entriesBehind(deps.reports, ctx.actor, one) : [];
  const entryNames = await namesFor(deps, entries);
  const pseudonym = deps.access.mayEver(ctx.actor, 'usage.view') ? await deps.accounts.pseudonymOf(one.personId) : undefined;
  const thresholds: Readonly<Record<string, string>> = t.thresholds;
  const figures: Readonly<Record<string, string>> = t.figures;
  const model: SignalModel = {
    ...signalRow(deps, ctx, one, names),
    caseId: one.caseId,
    raisedAt: one.raisedAt,
    rule: rule && {
      name: rule.name,
      says: rule.values.says[ctx.lang],
      thresholds: Object.entries(rule.values).flatMap(([name, value]) =>
        Object.hasOwn(thresholds, name) ? [{ term: thresholds[name] ?? name, value: thresholdText(deps, ctx, value) }] : [],
      ),
    },
    figures: Object.entries(one.figures).map(([name, value]) => ({ term: figures[name] ?? name, value: String(value) })),
    entries: maySearch ? entries.map((each) => rowOf(deps, ctx, each, entryNames)) : null,
    count: one.evidence.length,
    othersHref: linkTo(paths.signals, { person: one.personId }),
    usageHref: pseudonym === undefined ? null : linkTo(paths.usage, { actors: pseudonym, from: one.day, to: one.day }),
    personHref: personHref(deps, ctx, one.personId),
    mayTake: one.caseState === 'open' && deps.access.mayEver(ctx.actor, 'case.work'),
    mayReopen: one.caseState === 'closed' && deps.access.mayEver(ctx.actor, 'case.work'),
  };
  return page(deps, ctx, signalPage, model);
}

function caseRow(ctx: RequestContext, one: CaseSummary, names: Names): CaseRow {
  return {
    id: one.id,
    number: one.number,
    kind: { ...phrasesFor(ctx.lang).reports.signals.kinds, ...phrasesFor(ctx.lang).reports.cases }[one.kind],
    who: nameOf(names, one.personId),
    state: one.state,
    signals: one.signals,
    assignee: one.assigneeId === null ? null : nameOf(names, one.assigneeId),
    openedAt: one.openedAt,
    outcome: one.outcome,
  };
}

const personsOf = (items: readonly CaseSummary[]): string[] => [
  ...new Set(items.flatMap((one) => [one.personId, ...(one.assigneeId === null ? [] : [one.assigneeId])])),
];

const VIEWS: readonly CaseViewName[] = ['open', 'working', 'mine', 'closed', 'all'];
const viewHref = (name: CaseViewName): string => linkTo(paths.cases, name === 'all' ? {} : name === 'mine' ? { mine: '1' } : { state: name });

async function showCases(deps: HttpDeps, ctx: RequestContext, query: Parameters<typeof casesAsked>[0]): Promise<Reply> {
  const { items, next } = await listCases(deps.reports, ctx.actor, casesAsked(query));
  const names = await deps.accounts.namesOfPersons(personsOf(items));
  return page(deps, ctx, casesPage, {
    places: oversightPlaces(deps, ctx),
    view: query.mine === '1' ? 'mine' : (query.state ?? 'all'),
    views: VIEWS.map((name) => ({ name, href: viewHref(name) })),
    rows: items.map((one) => caseRow(ctx, one, names)),
    paging: pagingOf(paths.cases, query, items.length, next),
  });
}

async function showCase(
  deps: HttpDeps,
  ctx: RequestContext,
  id: string,
  more: { form: FormState; refused: 'note' | 'close' } | { form: FormState; refused: null } = { form: EMPTY_FORM, refused: null },
): Promise<Reply> {
  const one = await viewCase(deps.reports, ctx.actor, id);
  const persons = [...personsOf([one]), ...one.notes.map((each) => each.by), ...(one.closedBy === null ? [] : [one.closedBy])];
  const names = await deps.accounts.namesOfPersons([...new Set(persons)]);
  const { assignedAt, closedAt, mayTake, mayNote, mayClose } = one;
  const model = {
    ...caseRow(ctx, one, names),
    assignedAt,
    closedAt,
    mayTake,
    mayNote,
    mayClose,
    personHref: personHref(deps, ctx, one.personId),
    closedBy: one.closedBy === null ? null : nameOf(names, one.closedBy),
    found: one.found.map((each) => signalRow(deps, ctx, each, names)),
    sampled: one.sampled.map((each) => ({ ...each, kind: phrasesFor(ctx.lang).reports.samples.kinds[each.kind] })),
    notes: one.notes.map((each) => ({ ...each, by: nameOf(names, each.by) })),
    ...more,
  };
  return page(deps, more.refused === null ? ctx : standingAt(ctx, paths.case(id)), casePage, model, { status: more.refused === null ? 200 : 422 });
}

const closing = z.object({ outcome: z.enum(CASE_OUTCOMES, 'unknown_value'), note: z.string() });

async function actOn(deps: HttpDeps, ctx: RequestContext, id: string, step: 'take' | 'note' | 'close', body: Form): Promise<Reply> {
  const act = async (): Promise<void> => {
    if (step === 'take') return takeCase(deps.reports, ctx.actor, id);
    if (step === 'note') return noteCase(deps.reports, ctx.actor, id, textOf(body, 'note'));
    return closeCase(deps.reports, ctx.actor, id, check(closing, { outcome: textOf(body, 'outcome'), note: textOf(body, 'note') }));
  };
  const tried = await attempt(act);
  if ('done' in tried) return redirectWith(paths.case(id), { kind: 'good', code: { take: 'case_taken', note: 'case_noted', close: 'case_closed' }[step] });
  if (step !== 'take' && tried.refused.fields.length > 0) return showCase(deps, ctx, id, { form: refusedForm(body, tried.refused), refused: step });
  // one's own case is shown to one no more than it may be worked: the list is where to go back to
  return refusedAt(isCoded(tried.refused, 'same_person') ? paths.cases : paths.case(id), tried.refused);
}

/** Signals and cases, for people. */
export function signalPages(deps: HttpDeps): Route[] {
  return [
    definePage({
      method: 'get',
      path: paths.signals,
      name: 'signalsPage',
      guard: 'signal.view',
      query: listQuery,
      handler: (ctx, { query }) => showSignals(deps, ctx, query),
    }),
    definePage({
      method: 'get',
      path: '/signals/:id',
      name: 'signalPage',
      guard: 'signal.view',
      params: idParams,
      handler: (ctx, { params }) => showSignal(deps, ctx, params.id),
    }),
    definePage({
      method: 'post',
      path: '/signals/:id/case',
      name: 'againCaseForm',
      guard: 'case.work',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params }) {
        const tried = await attempt(() => openAgain(deps.reports, ctx.actor, params.id));
        return 'done' in tried
          ? redirectWith(paths.case(tried.done), { kind: 'good', code: 'case_opened' })
          : refusedAt(paths.signal(params.id), tried.refused);
      },
    }),
    definePage({
      method: 'get',
      path: paths.cases,
      name: 'casesPage',
      guard: 'case.work',
      query: afterQuery.extend(caseFields),
      handler: (ctx, { query }) => showCases(deps, ctx, query),
    }),
    definePage({
      method: 'get',
      path: '/cases/:id',
      name: 'casePage',
      guard: 'case.work',
      params: idParams,
      handler: (ctx, { params }) => showCase(deps, ctx, params.id),
    }),
    definePage({
      method: 'post',
      path: '/cases/:id/:step',
      name: 'caseStepForm',
      guard: 'case.work',
      params: z.strictObject({ id: z.uuid(), step: z.string().max(10) }),
      bodyKind: 'form',
      body: formBody,
      handler(ctx, { params: { id, step }, body }) {
        if (step !== 'take' && step !== 'note' && step !== 'close') throw new CodedError('not_found');
        return actOn(deps, ctx, id, step, body);
      },
    }),
  ];
}
