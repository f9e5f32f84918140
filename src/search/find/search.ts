import { usesGrants, viewableIds, withGranted, type Condition } from '../../access/index.js';
import type { Actor } from '../../audit/index.js';
import { CodedError, isCoded } from '../../errors/index.js';
import type { Lang } from '../../phrases/index.js';
import { lookUp, summariesOf, type Found, type RecordSummary } from '../../records/index.js';
import { changedWaiting } from '../follow/store.js';
import { CAP, FACETS, type Clause, type EngineAnswer, type EngineHit, type Sort } from '../port.js';
import { parseSearch, type ParsedQuery } from '../query/parse.js';
import { hitsIn, mark, snippetOf } from '../snippet.js';
import type { SearchDeps } from './deps.js';
import { chipsOf, facetsOf } from './narrow.js';
import { remember } from './own.js';
import { readableAmong, unsearchableOf } from './store.js';
import type { FoundBy, SearchAnswer, SearchInput, SearchItem } from './types.js';
import { filtersOf } from './filters.js';
import { vocabularyOf } from './vocabulary.js';

/** Hits of a page, and the most that may be asked for. */
export const HITS = 20;
export const MOST_HITS = 50;
/** Characters of "what was done at last". */
const SOLUTION = 200;
/**
 * Records of live grants that are named to an engine that knows no grants. Of more, those that were granted last count in a
 * search by words; the others are found by number, by day, in lists and under their grant.
 */
export const GRANTED_NAMED = 500;
/** Records whose change the index has not heard of yet and that a search still leaves out one by one; more, and it waits. */
const EXCLUDED = 5_000;

const offsetOf = (after: string | undefined): number => {
  if (after === undefined) return 0;
  const offset = /^o(\d{1,4})$/.exec(after)?.[1];
  if (offset === undefined || Number(offset) > CAP) throw new CodedError('invalid_field', { fields: [{ field: 'after', code: 'invalid' }] });
  return Number(offset);
};

/**
 * Searches the archive for a viewer: numbers, phones and days in the catalogue, words and filters in the index, each under
 * the viewer's rights inside the query. One entry in the log. Without the index what the catalogue knows is still found;
 * where it knows nothing, `search_unavailable`.
 */
export async function searchRecords(deps: SearchDeps, actor: Actor, lang: Lang, input: SearchInput): Promise<SearchAnswer> {
  const vocabulary = await vocabularyOf(deps);
  const parsed = parseSearch(input.q, vocabulary);
  if (parsed.problems.length > 0) throw new CodedError('invalid_field', { fields: parsed.problems });
  const offset = offsetOf(input.after);
  const limit = Math.min(input.limit ?? HITS, MOST_HITS);
  const sort = input.sort ?? 'relevance';
  const exact = await exactOf(deps, actor, parsed, offset);
  const query =
    exact.understood === 'day' ? { ...parsed, all: [], filters: { ...parsed.filters, closed: { from: exact.from ?? '', to: exact.to ?? '' } } } : parsed;
  const answered = await ask(deps, actor, query, { sort, offset, limit }).catch(async (error: unknown) => {
    if (isCoded(error, 'search_unavailable') && exact.items.length > 0) return undefined;
    await log(deps, actor, input.q, parsed, 0, 'error');
    throw error;
  });
  const items = await present(deps, actor, exact, answered, query.all);
  const total = Math.max(answered?.total ?? 0, items.length);
  const reached = offset + limit;
  const answer: SearchAnswer = {
    q: input.q,
    sort,
    items,
    total,
    capped: answered?.capped ?? false,
    from: items.length === 0 ? 0 : offset + 1,
    previous: offset === 0 ? null : `o${Math.max(offset - limit, 0)}`,
    next: answered && reached < answered.total && reached < CAP ? `o${reached}` : null,
    filters: chipsOf(input.q, parsed, vocabulary),
    facets: answered ? facetsOf(input.q, lang, parsed, answered, vocabulary) : {},
    corrections: [...(answered?.corrections ?? [])],
    client: exact.client,
    withoutText: answered === undefined,
    building: partOf(deps.follower.state.building),
    problems: [],
  };
  await log(deps, actor, input.q, parsed, total, 'allow', offset === 0);
  return answer;
}

/** In hundredths: how many records there are is not for everybody who searches. */
function partOf(building: SearchDeps['follower']['state']['building']): SearchAnswer['building'] {
  return building === null ? null : { done: building.total === 0 ? 0 : Math.floor((100 * building.done) / building.total), total: 100 };
}

/** What the catalogue finds by number, phone or day, where the query is nothing but that. */
async function exactOf(deps: SearchDeps, actor: Actor, parsed: ParsedQuery, offset: number): Promise<Found> {
  const nothing: Found = { understood: 'empty', client: null, items: [], next: null };
  if (parsed.rest.trim() === '' || parsed.none.length > 0 || Object.keys(parsed.filters).length > 0) return nothing;
  const found = await lookUp(deps, actor, parsed.rest);
  return offset === 0 || found.understood === 'day' ? found : { ...nothing, understood: found.understood, client: found.client };
}

async function ask(deps: SearchDeps, actor: Actor, parsed: ParsedQuery, page: { sort: Sort; offset: number; limit: number }): Promise<EngineAnswer> {
  // PostgreSQL asks the record itself inside the query; another engine must not count what changed since it was told
  const exclude = deps.engine.kind === 'postgres' ? [] : await changedWaiting(deps.db, EXCLUDED + 1);
  if (exclude.length > EXCLUDED) throw new CodedError('search_unavailable', { detail: 'too many changes wait for the index' });
  return deps.engine.query({
    text: { all: parsed.all, none: parsed.none },
    filters: filtersOf(deps, parsed),
    ...(await rightsOf(deps, actor)),
    ...page,
    limit: Math.min(page.limit, CAP - page.offset),
    facets: FACETS,
    exclude,
  });
}

/**
 * The rights of a viewer as the engine understands them. PostgreSQL asks the grants themselves; for another engine the records
 * of live grants are named, at each request, so that one that was revoked or is over is gone with it. What is granted to be
 * viewed is granted to be read: named among what may be read, it need not be named again.
 */
async function rightsOf(deps: SearchDeps, actor: Actor): Promise<{ read: Condition; list: Condition }> {
  const [read, list] = [deps.access.condition(actor, 'record.read'), deps.access.condition(actor, 'record.list')];
  if (deps.engine.kind === 'postgres' || !usesGrants(actor)) return { read, list };
  const ids = await viewableIds(deps.db, actor.personId, deps.now(), GRANTED_NAMED);
  return { read: withGranted(read, ids), list: withGranted(list, []) };
}

async function present(deps: SearchDeps, actor: Actor, exact: Found, answered: EngineAnswer | undefined, clauses: readonly Clause[]): Promise<SearchItem[]> {
  const hits = new Map((answered?.hits ?? []).map((hit) => [hit.id, hit]));
  const byNumber = exact.understood === 'number' ? exact.items : [];
  const shown = new Set(byNumber.map((one) => one.id));
  const rest = await summariesOf(
    deps,
    actor,
    [...hits.keys()].filter((id) => !shown.has(id)),
  );
  const byId = new Map(rest.map((one) => [one.id, one]));
  const granted = usesGrants(actor) ? await readableAmong(deps.db, deps.access.where(actor, 'record.read', 'r'), [...shown]) : new Set<string>();
  const unsearchable = await unsearchableOf(deps.db, [...shown, ...byId.keys()]);
  const corrections = answered?.corrections ?? [];
  const make = (summary: RecordSummary, by: FoundBy, hit: EngineHit | undefined): SearchItem =>
    itemOf(deps, actor, summary, by, hit, clauses, corrections, unsearchable, granted);
  return [
    ...byNumber.map(({ by, ...summary }) => make(summary, by as FoundBy, hits.get(summary.id))),
    // in the engine's order; one that was closed to the viewer a moment ago is left out
    ...[...hits.values()].flatMap((hit) => {
      const summary = byId.get(hit.id);
      return summary === undefined ? [] : [make(summary, 'text', hit)];
    }),
  ];
}

function itemOf(
  deps: SearchDeps,
  actor: Actor,
  summary: RecordSummary,
  by: FoundBy,
  hit: EngineHit | undefined,
  clauses: readonly Clause[],
  corrections: readonly string[],
  unsearchable: ReadonlyMap<string, number>,
  granted: ReadonlySet<string>,
): SearchItem {
  const mayRead = hit?.readable ?? (granted.has(summary.id) || deps.access.decide(actor, 'record.read', attributesOf(summary)).allow);
  const texts = hit?.readable === true ? hit.texts : {};
  const solution = (texts.solution ?? '').trim();
  return {
    ...summary,
    by,
    titlePieces: mark(summary.title, hitsIn(summary.title, clauses, corrections)),
    snippet: snippetOf(texts, clauses, corrections),
    solution: solution === '' ? null : Array.from(solution).slice(0, SOLUTION).join(''),
    mayRead,
    unsearchable: mayRead ? (unsearchable.get(summary.id) ?? 0) : 0,
  };
}

function attributesOf(one: RecordSummary): Parameters<SearchDeps['access']['decide']>[2] {
  return {
    service_type: one.serviceType,
    client_type: one.clientType,
    department: one.department,
    sensitivity: one.sensitivity,
    medium: one.medium,
    channel: one.channel,
    state: one.state,
    restricted: one.restricted,
    fonds: one.fonds,
    staff_account: '',
  };
}

async function log(deps: SearchDeps, actor: Actor, q: string, parsed: ParsedQuery, count: number, decision: 'allow' | 'error', first = false): Promise<void> {
  await deps.db.tx(async (tx) => {
    await deps.audit.append(tx, {
      actor,
      act: 'record.search',
      subject: { kind: 'list', id: 'records' },
      decision,
      policy: deps.access.version(),
      facts: { understood: parsed.all.length + parsed.none.length > 0 ? 'text' : 'filters', count, filters: Object.keys(parsed.filters).sort() },
      side: { query: q.slice(0, 200) },
    });
    if (first) await remember(deps, tx, actor, q);
  });
}
