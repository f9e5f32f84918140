import type { Actor } from '../../audit/index.js';
import { join, type Sql, TRUE } from '../../db/index.js';
import { phoneKey } from '../phone.js';
import { NOT_UNDER_WAY } from '../restriction/pieces-store.js';
import type { RecordsDeps } from '../deps.js';
import { pageOf, readCursor, writeCursor, type Page } from './cursor.js';
import { facetsOf, filterFacts, PAGE_SIZE, type RecordFilter } from './filter.js';
import { parseQuery } from './parse-query.js';
import { summaryOf, type CatalogueRecord, type RecordSummary } from './row.js';
import {
  andAlso,
  countRecords,
  dossierCounts,
  dossierHead,
  filterCondition,
  foldCounts,
  findByNumber,
  pageByFacets,
  pageOfRecords,
  recordsById,
  type NumberOrder,
} from './store.js';

function show(deps: RecordsDeps): (row: CatalogueRecord) => RecordSummary {
  const now = deps.now();
  return (row) => summaryOf(row, now, deps.settings.zone);
}

/** Of one client, all or nothing: while a restriction is just being set or released, whoever sees only one of the two sorts of records sees none. */
function wholeClient(deps: RecordsDeps, actor: Actor): Sql {
  return deps.access.looksAt(actor, 'record.list', 'restricted') ? NOT_UNDER_WAY : TRUE;
}

const cursorOf = (row: CatalogueRecord): string => writeCursor(row.closed_at, row.id);

/** A page of the catalogue under the viewer's rights; one audit entry a list. */
export async function listRecords(deps: RecordsDeps, actor: Actor, filter: RecordFilter): Promise<Page<RecordSummary>> {
  const limit = filter.limit ?? PAGE_SIZE;
  const condition = filterCondition(filter, deps.settings.zone, deps.now());
  const own = deps.access.where(actor, 'record.list', 'r');
  const rights = filter.client === undefined ? own : andAlso(own, wholeClient(deps, actor));
  const facets = facetsOf(filter);
  const after = readCursor(filter.after);
  const rows = facets
    ? await pageByFacets(deps.db, facets, rights, condition, after, limit + 1)
    : await pageOfRecords(deps.db, rights, condition, after, limit + 1);
  const page = pageOf(rows, limit, show(deps), cursorOf);
  await logList(deps, actor, 'record.list', filter, page.items.length);
  return page;
}

async function logList(deps: RecordsDeps, actor: Actor, act: string, filter: RecordFilter, count: number): Promise<void> {
  const { facts, side } = filterFacts(filter);
  await deps.db.tx(async (tx) => {
    await deps.audit.append(tx, {
      actor,
      act,
      subject: { kind: 'list', id: 'records' },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { ...facts, count },
      side,
    });
  });
}

export interface Found {
  /** How the text was understood. */
  understood: 'empty' | 'day' | 'number';
  from?: string;
  to?: string;
  /** `client` is set when the text is the number of one client: his dossier is one key away. */
  client: string | null;
  items: (RecordSummary & { by: string })[];
  next: string | null;
}

export interface LookUp {
  /** Where the page of a day before ended. */
  after?: string | undefined;
  /** Order of what is found by number; days come newest first. */
  order?: NumberOrder;
  /** Most that is found; by default a page. */
  limit?: number;
  /** What else a record must meet; speaks of `r`. */
  meeting?: Sql;
}

/** What a text finds as a number, a phone number (by keyed hash) or a day. Writes no entry: whoever calls it does. */
export async function lookUp(deps: RecordsDeps, actor: Actor, text: string, options: LookUp = {}): Promise<Found> {
  const { limit = PAGE_SIZE, meeting = TRUE } = options;
  const query = parseQuery(text);
  const rights = deps.access.where(actor, 'record.list', 'r');
  const found: Found = { understood: query.kind, client: null, items: [], next: null };
  if (query.kind === 'day') {
    const days = filterCondition({ from: query.from, to: query.to }, deps.settings.zone, deps.now());
    const rows = await pageOfRecords(deps.db, rights, join([days, meeting], ' and ', TRUE), readCursor(options.after), limit + 1);
    const page = pageOf(rows, limit, show(deps), cursorOf);
    Object.assign(found, { from: query.from, to: query.to, items: page.items.map((one) => ({ ...one, by: 'day' })), next: page.next });
  } else if (query.kind === 'number') {
    const phone = query.phone === undefined ? undefined : phoneKey(deps.keystore.secret('phone-index'), query.phone);
    const rows = await findByNumber(deps.db, rights, {
      forms: query.forms,
      phone,
      meeting,
      ofClient: wholeClient(deps, actor),
      order: options.order ?? 'newest',
      limit,
    });
    const seen = new Set<string>();
    const present = show(deps);
    found.items = rows
      .filter((row) => !seen.has(row.id) && seen.add(row.id))
      .slice(0, limit)
      .map((row) => ({ ...present(row), by: row.by }));
    const clients = new Set(rows.filter((row) => row.by === 'clientNumber' || row.by === 'phone').map((row) => row.client_number));
    if (clients.size === 1) found.client = [...clients][0] ?? null;
  }
  return found;
}

/** Summaries of records by id, in no particular order; those that the viewer may not find are left out. */
export async function summariesOf(deps: RecordsDeps, actor: Actor, ids: readonly string[]): Promise<RecordSummary[]> {
  if (ids.length === 0) return [];
  const rows = await recordsById(deps.db, deps.access.where(actor, 'record.list', 'r'), ids);
  return rows.map(show(deps));
}

/** What the search box finds without full text: numbers, a phone number, days. */
export async function findRecords(deps: RecordsDeps, actor: Actor, text: string, after?: string): Promise<Found> {
  const found = await lookUp(deps, actor, text, { after });
  await deps.db.tx(async (tx) => {
    await deps.audit.append(tx, {
      actor,
      act: 'record.search',
      subject: { kind: 'list', id: 'records' },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { understood: found.understood, count: found.items.length },
      side: { query: text.slice(0, 200) },
    });
  });
  return found;
}

export interface BrowseCounts {
  total: number;
  types: { serviceType: string; count: number; clientTypes: { clientType: string; count: number; years: { year: number; count: number }[] }[] }[];
}

/** Keeps the counts of the repositories small and quick; how many differences were added up. */
export async function foldRecordCounts(deps: Pick<RecordsDeps, 'db'>): Promise<number> {
  let total = 0;
  for (;;) {
    const folded = await foldCounts(deps.db);
    total += folded;
    if (folded === 0) return total;
  }
}

/** The repositories 档案库: type → client type → year, counted under the viewer's rights (R91). */
export async function browse(deps: RecordsDeps, actor: Actor): Promise<BrowseCounts> {
  const rows = await countRecords(deps.db, deps.access.counted(actor, 'record.list'));
  const tree: BrowseCounts = { total: 0, types: [] };
  for (const row of rows) {
    const count = Number(row.n);
    tree.total += count;
    let type = tree.types.find((one) => one.serviceType === row.service_type);
    if (!type) tree.types.push((type = { serviceType: row.service_type, count: 0, clientTypes: [] }));
    type.count += count;
    let client = type.clientTypes.find((one) => one.clientType === row.client_type);
    if (!client) type.clientTypes.push((client = { clientType: row.client_type, count: 0, years: [] }));
    client.count += count;
    client.years.push({ year: row.year, count });
  }
  await logList(deps, actor, 'record.browse', {}, tree.total);
  return tree;
}

export interface Dossier extends Page<RecordSummary> {
  client: string;
  name: string;
  clientType: string | null;
  total: number;
  first: string | null;
  last: string | null;
  counts: { serviceType: string; channel: string; year: number; count: number }[];
}

/** The client dossier 客户档案: everything for one client number over all channels, newest first (R92); `undefined` where the viewer may see none of it. */
export async function dossier(deps: RecordsDeps, actor: Actor, client: string, after?: string): Promise<Dossier | undefined> {
  const rights = andAlso(deps.access.where(actor, 'record.list', 'r'), wholeClient(deps, actor));
  const head = await dossierHead(deps.db, rights, client);
  await logList(deps, actor, 'dossier.view', { client }, Number(head.total));
  if (head.total === 0n) return undefined;
  const rows = await pageOfRecords(deps.db, rights, filterCondition({ client }, deps.settings.zone, deps.now()), readCursor(after), PAGE_SIZE + 1);
  const counts = await dossierCounts(deps.db, rights, client);
  return {
    client,
    name: head.name ?? '',
    clientType: head.client_type,
    total: Number(head.total),
    first: head.first?.toISOString() ?? null,
    last: head.last?.toISOString() ?? null,
    counts: counts.map((row) => ({ serviceType: row.service_type, channel: row.channel, year: row.year, count: Number(row.n) })),
    ...pageOf(rows, PAGE_SIZE, show(deps), cursorOf),
  };
}
