import { usesGrants, viewableIds, withGranted, type Condition } from '../../access/index.js';
import type { Actor } from '../../audit/index.js';
import { CodedError, isCoded } from '../../errors/index.js';
import type { Lang } from '../../phrases/index.js';
import { summariesOf, type RecordSummary } from '../../records/index.js';
import { changedWaiting, isBehind } from '../follow/store.js';
import { CAP, FACETS, type Clause, type EngineAnswer, type EngineHit, type Sort } from '../port.js';
import { parseSearch, type ParsedQuery } from '../query/parse.js';
import { hitsIn, mark, snippetOf } from '../snippet.js';
import { takenApart, type Apart } from './apart.js';
import type { SearchDeps } from './deps.js';
import { exactOf, filtersWith, withCounts, withoutIndex, type Exact } from './exact.js';
import { chipsOf, facetsOf } from './narrow.js';
import { remember } from './own.js';
import { readableAmong, unsearchableOf } from './store.js';
import type { FoundBy, SearchAnswer, SearchInput, SearchItem } from './types.js';
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
/** So long may a change wait for the index before an empty answer says that it may be why, in milliseconds. */
const PATIENCE = 3_000;

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
  const apart = await takenApart(deps, actor, input.q);
  const parsed = parseSearch(apart.q, vocabulary);
  if (parsed.problems.length > 0) throw new CodedError('invalid_field', { fields: parsed.problems });
  const offset = offsetOf(input.after);
  const limit = Math.min(input.limit ?? HITS, MOST_HITS);
  const sort = input.sort ?? 'relevance';
  const exact = await exactOf(deps, actor, parsed, apart, sort);
  const found = await ask(deps, actor, parsed, { exact, apart }, { sort, offset, limit }).catch(async (error: unknown) => {
    const items = isCoded(error, 'search_unavailable') ? await withoutIndex(deps, actor, parsed, exact) : [];
    if (items.length > 0) return { lead: items, answered: undefined, waiting: [] };
    await log(deps, actor, input.q, parsed, 0, 'error');
    throw error;
  });
  const { lead, answered } = found;
  const all = lead.length + (answered?.total ?? 0);
  const total = Math.min(all, CAP);
  const clauses = exact.kind === 'day' ? [] : parsed.all;
  const items = await present(deps, actor, { ...found, lead: lead.slice(offset, offset + limit) }, clauses);
  const reached = offset + limit;
  const answer: SearchAnswer = {
    q: input.q,
    sort,
    items,
    total,
    capped: all > CAP || answered?.capped === true,
    from: items.length === 0 ? 0 : offset + 1,
    previous: offset === 0 ? null : `o${Math.max(offset - limit, 0)}`,
    next: reached < total ? `o${reached}` : null,
    filters: chipsOf(input.q, parsed, vocabulary),
    facets: answered ? facetsOf(input.q, lang, parsed, { ...answered, facets: withCounts(answered.facets, lead) }, vocabulary) : {},
    corrections: [...(answered?.corrections ?? [])],
    client: exact.client ?? (apart.clients?.length === 1 ? (apart.clients[0] ?? null) : null),
    withoutText: answered === undefined,
    building: partOf(deps.follower.state.building),
    behind: total === 0 && (await isBehind(deps.db, PATIENCE)),
    problems: [],
  };
  await log(deps, actor, input.q, parsed, total, 'allow', offset === 0);
  return answer;
}

/** In hundredths: how many records there are is not for everybody who searches. */
function partOf(building: SearchDeps['follower']['state']['building']): SearchAnswer['building'] {
  return building === null ? null : { done: building.total === 0 ? 0 : Math.floor((100 * building.done) / building.total), total: 100 };
}

interface Asked {
  /** What was found by number: it comes before what has the number in its text. */
  lead: Exact['items'];
  /** The rest, from the engine; `undefined` while it cannot be asked. */
  answered: EngineAnswer | undefined;
  /** Records whose change the engine has not heard of yet. */
  waiting: readonly string[];
}

async function ask(
  deps: SearchDeps,
  actor: Actor,
  parsed: ParsedQuery,
  { exact, apart }: { exact: Exact; apart: Apart },
  page: { sort: Sort; offset: number; limit: number },
): Promise<Asked> {
  // PostgreSQL asks the record itself inside the query; another engine must not count what changed since it was told
  const waiting = deps.engine.kind === 'postgres' ? [] : await changedWaiting(deps.db, EXCLUDED + 1);
  if (waiting.length > EXCLUDED) throw new CodedError('search_unavailable', { detail: 'too many changes wait for the index' });
  const lead = exact.items.slice(0, CAP);
  const offset = Math.max(page.offset - lead.length, 0);
  const answered = await deps.engine.query({
    text: exact.kind === 'day' ? { all: [], none: [] } : { all: parsed.all, none: parsed.none },
    filters: filtersWith(deps, parsed, apart, exact),
    ...(await rightsOf(deps, actor)),
    sort: page.sort,
    offset,
    limit: Math.min(Math.max(page.offset + page.limit - lead.length, 0), page.limit, CAP - offset),
    facets: FACETS,
    exclude: [...new Set([...waiting, ...lead.map((one) => one.id)])],
  });
  return { lead, answered: { ...answered, capped: answered.capped || exact.items.length > CAP }, waiting };
}

/** The texts of what was found by number, which the engine was not asked for; none while it cannot be asked. */
async function textsOf(deps: SearchDeps, actor: Actor, ids: readonly string[], exclude: readonly string[]): Promise<EngineHit[]> {
  const out = new Set(exclude);
  const asked = ids.filter((id) => !out.has(id));
  if (asked.length === 0) return [];
  const { read } = await rightsOf(deps, actor);
  return deps.engine.texts(asked, read).catch((error: unknown) => {
    if (isCoded(error, 'search_unavailable')) return [];
    throw error;
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

async function present(deps: SearchDeps, actor: Actor, { lead, answered, waiting }: Asked, clauses: readonly Clause[]): Promise<SearchItem[]> {
  const first = lead.map((one) => one.id);
  const hits = new Map((answered?.hits ?? []).map((hit) => [hit.id, hit]));
  const rest = new Map((await summariesOf(deps, actor, [...hits.keys()])).map((one) => [one.id, one]));
  const read = answered === undefined ? [] : await textsOf(deps, actor, first, waiting);
  const texts = new Map(read.map((one) => [one.id, one]));
  const granted = usesGrants(actor) ? await readableAmong(deps.db, deps.access.where(actor, 'record.read', 'r'), first) : new Set<string>();
  const unsearchable = await unsearchableOf(deps.db, [...first, ...rest.keys()]);
  const corrections = answered?.corrections ?? [];
  const make = (summary: RecordSummary, by: FoundBy, hit: EngineHit | undefined): SearchItem =>
    itemOf(deps, actor, summary, by, hit, clauses, corrections, unsearchable, granted);
  return [
    ...lead.map(({ by, ...summary }) => make(summary, by, texts.get(summary.id))),
    // in the engine's order; one that was closed to the viewer a moment ago is left out
    ...[...hits.values()].flatMap((hit) => {
      const summary = rest.get(hit.id);
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
