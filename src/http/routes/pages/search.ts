import { z } from 'zod';
import { CodedError, isCoded } from '../../../errors/index.js';
import { lastReading } from '../../../records/index.js';
import {
  catalogueQuery,
  forgetRecent,
  listSaved,
  recentSearches,
  removeSaved,
  saveSearch,
  searchRecords,
  SORTS,
  type SavedSearch,
  type SearchAnswer,
  type SearchInput,
  type Sort,
} from '../../../search/index.js';
import { findPath, paths, searchPage, type Ask, type SearchModel } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { standingAt } from './acts.js';
import { attempt, departmentsOf, formBody, purposeText, refusedForm, textOf, type Form } from './common.js';
import { isSealed, shownAs } from './search-ask.js';

const findQuery = z.strictObject({
  q: z.string().max(2000, 'too_long').optional(),
  sort: z.enum(SORTS).optional(),
  after: z.string().max(400).optional(),
  saved: z.uuid('invalid').optional(),
  /** Typed into the box: one record found by its number is opened at once. */
  go: z.literal('1').optional(),
});

const NUMBERS: ReadonlySet<string> = new Set(['serviceNo', 'archivalCode', 'phone', 'clientNumber']);

const askOf = (q: string, sort?: Sort): Ask => ({ q, sort, sealed: isSealed(q) });

type Outcome = Partial<Pick<SearchModel, 'answer' | 'problems' | 'away'>>;

/** What a search comes to; what was not understood and an engine that is away are pages too. */
async function outcomeOf(deps: HttpDeps, ctx: RequestContext, input: SearchInput): Promise<Outcome> {
  try {
    const tried = await attempt(() => searchRecords(deps.search, ctx.actor, ctx.lang, input));
    if ('refused' in tried) {
      if (tried.refused.fields.length === 0) throw tried.refused;
      return { problems: tried.refused.fields };
    }
    return tried.done.problems.length > 0 ? { problems: tried.done.problems } : { answer: tried.done };
  } catch (error) {
    if (isCoded(error) && error.code === 'search_unavailable') return { away: { building: deps.search.follower.state.building } };
    throw error;
  }
}

async function lastOf(deps: HttpDeps, ctx: RequestContext, answer: SearchAnswer | null): Promise<SearchModel['last']> {
  if (answer?.items.some((one) => one.mayRead) !== true) return null;
  const last = await lastReading(deps.records, ctx.actor);
  return last && { purpose: last.purpose, text: purposeText(deps, ctx, last.purpose), ticket: last.ticket || null };
}

/** One's own searches, where nothing was found to show in their place. */
async function ownOf(deps: HttpDeps, ctx: RequestContext): Promise<Pick<SearchModel, 'saved' | 'recent'>> {
  const [saved, recent] = await Promise.all([listSaved(deps.search, ctx.actor), recentSearches(deps.search, ctx.actor)]);
  return {
    saved: saved.map(({ id, name, q, sort, createdAt }) => ({ id, name, ask: askOf(q, sort), at: createdAt })),
    recent: recent.map(({ q, at }) => ({ id: null, name: shownAs(q), ask: askOf(q), at })),
  };
}

/** Departments that an answer names. */
function departmentsIn(answer: SearchAnswer | null): string[] {
  if (answer === null) return [];
  const { items, facets, filters } = answer;
  const set = filters.filter((one) => one.key === 'department');
  return [...items.map((one) => one.department), ...[...(facets.department ?? []), ...set].map((one) => one.value)];
}

async function modelOf(deps: HttpDeps, ctx: RequestContext, input: SearchInput, outcome: Outcome): Promise<SearchModel> {
  const { answer = null, problems = [], away = null } = outcome;
  const { name } = await departmentsOf(deps, ctx);
  return {
    shown: shownAs(input.q),
    ask: askOf(input.q, input.sort),
    answer,
    problems,
    away,
    departments: Object.fromEntries(departmentsIn(answer).map((code) => [code, name(code)])),
    mayOpenDossier: deps.access.mayEver(ctx.actor, 'dossier.view'),
    mayApply: deps.access.mayEver(ctx.actor, 'request.apply'),
    last: await lastOf(deps, ctx, answer),
    ...(answer === null ? await ownOf(deps, ctx) : { saved: [], recent: [] }),
    holding: answer !== null && deps.access.mayEver(ctx.actor, 'hold.propose') ? { filters: await isFilters(deps, input.q) } : null,
    saving: null,
    removed: null,
  };
}

/** Whether a query is nothing but filters: what a hold can be sure of. */
async function isFilters(deps: HttpDeps, q: string): Promise<boolean> {
  return catalogueQuery(deps.search, q).then(
    () => true,
    () => false,
  );
}

const statusOf = ({ problems = [], away = null, answer }: Outcome): number => {
  if (problems.length > 0) return 422;
  return away !== null || (answer?.withoutText === true && answer.items.length === 0) ? 503 : 200;
};

async function show(deps: HttpDeps, ctx: RequestContext, input: SearchInput, go: boolean): Promise<Reply> {
  const outcome = input.q.trim() === '' ? {} : await outcomeOf(deps, ctx, input);
  const [first] = outcome.answer?.items ?? [];
  if (go && first !== undefined && outcome.answer?.total === 1 && NUMBERS.has(first.by)) return { redirect: paths.record(first.id) };
  const model = await modelOf(deps, ctx, input, outcome);
  // a switch of language leads back to the search, or to the empty page where the query has no place in an address
  const here = model.ask.sealed || input.q === '' ? paths.find : findPath({ ...model.ask, after: input.after });
  return page(deps, standingAt(ctx, here), searchPage, model, { query: model.shown, status: statusOf(outcome) });
}

function inputOf(form: Form): SearchInput {
  const sort = SORTS.find((one) => one === textOf(form, 'sort'));
  const after = textOf(form, 'after');
  return { q: textOf(form, 'q'), ...(sort ? { sort } : {}), ...(after === '' ? {} : { after: after.slice(0, 400) }) };
}

/** The same search, in an address where it may stand in one. */
async function again(deps: HttpDeps, ctx: RequestContext, input: SearchInput, go: boolean): Promise<Reply> {
  if (input.q === '') return { redirect: paths.find };
  if (isSealed(input.q)) return show(deps, ctx, input, go);
  return { redirect: findPath(input) + (go ? '&go=1' : '') };
}

/** One of one's own saved searches. */
export async function savedOf(deps: HttpDeps, ctx: RequestContext, id: string): Promise<SavedSearch> {
  const found = (await listSaved(deps.search, ctx.actor)).find((one) => one.id === id);
  if (!found) throw new CodedError('not_found');
  return found;
}

/** The box, its results, and one's own searches. */
export function searchPages(deps: HttpDeps): Route[] {
  return [
    definePage({
      method: 'post',
      path: paths.find,
      name: 'searchForm',
      guard: 'record.list',
      bodyKind: 'form',
      body: formBody,
      // forms of the page itself say an order, the box does not
      handler: (ctx, { body }) => again(deps, ctx, inputOf(body), textOf(body, 'sort') === ''),
    }),
    definePage({
      method: 'get',
      path: paths.find,
      name: 'searchPage',
      guard: 'record.list',
      query: findQuery,
      async handler(ctx, { query: { q = '', sort, after, saved, go } }) {
        if (saved !== undefined) {
          const found = await savedOf(deps, ctx, saved);
          return again(deps, ctx, { q: found.q, sort: found.sort }, false);
        }
        return show(deps, ctx, { q, ...(sort ? { sort } : {}), ...(after ? { after } : {}) }, go === '1');
      },
    }),
    definePage({
      method: 'post',
      path: paths.saveSearch,
      name: 'saveSearchForm',
      guard: 'record.list',
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { body }) {
        const input = inputOf(body);
        const tried = await attempt(() => saveSearch(deps.search, ctx.actor, { name: textOf(body, 'name'), q: input.q, sort: input.sort ?? 'relevance' }));
        if ('done' in tried) return redirectWith(`${paths.find}#saved`, { kind: 'good', code: 'search_saved' });
        if (tried.refused.fields.length === 0) throw tried.refused;
        const outcome = await outcomeOf(deps, ctx, input);
        const model = { ...(await modelOf(deps, ctx, input, outcome)), saving: refusedForm(body, tried.refused) };
        return page(deps, standingAt(ctx, paths.find), searchPage, model, { query: model.shown, status: tried.refused.status });
      },
    }),
    definePage({
      method: 'post',
      path: '/saved/:id/remove',
      name: 'removeSearchForm',
      guard: 'record.list',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params }) {
        const removed = await savedOf(deps, ctx, params.id);
        await removeSaved(deps.search, ctx.actor, params.id);
        const model = { ...(await modelOf(deps, ctx, { q: '' }, {})), removed };
        return page(deps, standingAt(ctx, paths.find), searchPage, model);
      },
    }),
    definePage({
      method: 'post',
      path: paths.forgetRecent,
      name: 'forgetRecentForm',
      guard: 'record.list',
      bodyKind: 'form',
      body: formBody,
      async handler(ctx) {
        await forgetRecent(deps.search, ctx.actor);
        return redirectWith(paths.find, { kind: 'good', code: 'recent_forgotten' });
      },
    }),
  ];
}
