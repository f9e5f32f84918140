import { type Actor, goneEntries } from '../../audit/index.js';
import { sealedRanges } from '../../crypto/index.js';
import { CodedError } from '../../errors/index.js';
import { parseObjectKey } from '../../storage/index.js';
import type { ChecksDeps } from '../deps.js';
import { entryOf } from '../run.js';
import type { ReadSource, StoreRead } from './lines.js';
import { endedReads, permitRows, verificationRows } from './log-store.js';
import { accountFor, type Permit, type ReadKind, type Verification } from './match.js';
import { readsOf, type SourceCount } from './source.js';

/** Reads that are compared with the log at once. */
const CHUNK = 2_000;
/** What was found and is told; more is only counted. */
const KEPT = 1_000;
/** The bytes of a reading are asked for as soon as its entry is made. */
const READING = 30_000;
/** A reading of the system's own opens what it names in turn. */
const SYSTEM = 2 * 3_600_000;

export interface ReadsInput {
  /** Files of the store's own log. */
  files: readonly string[];
  /** The archive's bucket; of a folder it is not asked for. */
  bucket: string;
  /** By how much the clocks of store and archive may differ, in milliseconds. */
  skew?: number | undefined;
  /** Only reads from here on, and up to there. */
  since?: Date | undefined;
  until?: Date | undefined;
  progress?: (reads: number) => void;
}

export interface UnloggedRead {
  at: string;
  key: string;
  record: string;
  object: string;
  range: StoreRead['range'];
  request: string | null;
  credential: string | null;
}

export interface ReadsReport {
  /** `clean`: every read is accounted for, and the log shows every reading; `empty`: there was nothing to compare. */
  result: 'clean' | 'unlogged' | 'incomplete' | 'empty';
  sources: ReadSource[];
  from: string | null;
  until: string | null;
  entries: number;
  unreadable: number;
  reads: number;
  kinds: Record<Exclude<ReadKind, 'unlogged'> | 'beside' | 'elsewhere', number>;
  unloggedCount: number;
  unlogged: UnloggedRead[];
  /** Readings of which bytes left and that the store's log does not show: it is not the whole of it. */
  /** Up to when nothing was compared, because the entries of that time are gone by rule. */
  goneUntil: string | null;
  unseenCount: number;
  unseen: { entry: string; record: string; object: string; at: string }[];
}

interface Work {
  deps: ChecksDeps;
  skew: number;
  verifications: Verification[];
  /** What is left of permits that reach into later chunks. */
  left: Map<string, Permit['left']>;
  /** Entries of readings that the store's log shows. */
  seen: Set<string>;
  report: ReadsReport;
}

/**
 * Compares the store's own log of accesses with the readings of the audit log: every read of an object must be one that an entry
 * allows, with exactly the bytes that opening it asks for, or that of a verification. The rest was read past the archive, by whoever has
 * the store's credentials. And the reverse: a reading that the store's log does not show says that the log is not whole.
 */
export async function reconcileReads(deps: ChecksDeps, actor: Actor, input: ReadsInput): Promise<ReadsReport> {
  const { policy } = await deps.authorize(actor, 'storage.check');
  const { files, bucket, skew = 5_000, until } = input;
  const gone = (await goneEntries(deps.db)).at(-1);
  // entries that went with the term of their log allow nothing any more: what was read then cannot be compared
  const since = gone && (input.since === undefined || input.since <= gone.last) ? new Date(gone.last.getTime() + skew + 1) : input.since;
  if (files.length === 0 || !Number.isSafeInteger(skew) || skew < 0 || skew > 3_600_000) throw new CodedError('invalid_request');
  const kinds = { reading: 0, system: 0, verification: 0, beside: 0, elsewhere: 0 };
  const report: ReadsReport = {
    result: 'empty',
    sources: [],
    from: null,
    until: null,
    entries: 0,
    unreadable: 0,
    reads: 0,
    kinds,
    unloggedCount: 0,
    unlogged: [],
    goneUntil: since === input.since ? null : (gone?.last.toISOString() ?? null),
    unseenCount: 0,
    unseen: [],
  };
  const verifications = (await verificationRows(deps.db)).map(({ run, from, until: end, times, checked }) => ({
    run,
    left: checked,
    from: new Date(from.getTime() - skew),
    until: new Date((end ?? deps.now()).getTime() + skew),
    times,
    used: new Map<string, number>(),
  }));
  const work: Work = { deps, skew, verifications, left: new Map(), seen: new Set(), report };
  const count: SourceCount = { entries: 0, unreadable: 0, sources: new Set() };
  let chunk: StoreRead[] = [];
  for await (const read of readsOf(files, bucket, count)) {
    if ((since && read.at < since) || (until && read.at > until)) continue;
    report.reads++;
    stretch(report, read.at);
    chunk.push(read);
    if (chunk.length < CHUNK) continue;
    await compare(work, chunk, count.sources);
    chunk = [];
    input.progress?.(report.reads);
  }
  await compare(work, chunk, count.sources);
  Object.assign(report, { entries: count.entries, unreadable: count.unreadable, sources: [...count.sources].sort() });
  if (report.from !== null && report.until !== null) await lookForUnseen(work, since ?? new Date(report.from), until ?? new Date(report.until));
  if (report.reads > 0) report.result = report.unloggedCount > 0 ? 'unlogged' : report.unseenCount + report.unreadable > 0 ? 'incomplete' : 'clean';
  await deps.db.tx((tx) =>
    deps.audit.append(tx, { ...entryOf(deps, factsOf(report), report.result === 'clean' ? 'allow' : 'error'), act: 'archive.reconcile', actor, policy }),
  );
  if (report.result === 'unlogged') deps.onTrouble('unlogged_reads');
  return report;
}

function factsOf(report: ReadsReport): Record<string, string | number | string[]> {
  const { result, reads, kinds, unloggedCount, unseenCount, unreadable, from, until } = report;
  const objects = [...new Set(report.unlogged.map((one) => one.object))].slice(0, 20);
  return { result, reads, ...kinds, unlogged: unloggedCount, unseen: unseenCount, unreadable, from: from ?? '', until: until ?? '', objects };
}

function stretch(report: ReadsReport, at: Date): void {
  const time = at.toISOString();
  if (report.from === null || time < report.from) report.from = time;
  if (report.until === null || time > report.until) report.until = time;
}

/** Reads of objects of this archive; what stands beside them (log, ledger, key table) holds no content, and other archives have logs of their own. */
function objectOf({ deps, report }: Work, read: StoreRead): string | undefined {
  const place = parseObjectKey(read.key);
  if (place?.archive === deps.keystore.archiveId) return place.object;
  if (place) report.kinds.elsewhere++;
  else report.kinds.beside++;
  return undefined;
}

async function compare(work: Work, chunk: readonly StoreRead[], sources: ReadonlySet<ReadSource>): Promise<void> {
  const mine = chunk.flatMap((read) => {
    const object = objectOf(work, read);
    return object === undefined ? [] : [{ read, object }];
  });
  if (mine.length === 0) return;
  mine.sort((a, b) => a.read.at.getTime() - b.read.at.getTime());
  const permits = await permitsFor(work, mine);
  for (const { read, object } of mine) {
    const told = !(read.range === null && sources.has('rgw'));
    const { kind, entry } = accountFor(read, object, told, permits.get(object) ?? [], work.verifications);
    if (kind === 'unlogged') unlogged(work.report, read, object);
    else work.report.kinds[kind]++;
    if (entry !== undefined && kind === 'reading') work.seen.add(entry);
  }
}

async function permitsFor({ deps, skew, left }: Work, mine: readonly { read: StoreRead; object: string }[]): Promise<Map<string, Permit[]>> {
  const [first, last] = [mine[0]?.read.at.getTime() ?? 0, mine.at(-1)?.read.at.getTime() ?? 0];
  const time = { from: new Date(first - skew - READING), to: new Date(last + skew), reach: new Date(first - skew - SYSTEM) };
  const permits = new Map<string, Permit[]>();
  const known = new Set<string>();
  for (const row of await permitRows(deps.db, [...new Set(mine.map((one) => one.object))], time)) {
    const range = row.start === null || row.end === null ? null : { start: Number(row.start), end: Number(row.end) };
    const ranges = left.get(row.id) ?? sealedRanges({ sealedSize: Number(row.sealed_size), range });
    const until = row.system ? (row.returned ?? new Date(row.t.getTime() + SYSTEM)) : new Date(row.t.getTime() + READING);
    left.set(row.id, ranges);
    known.add(row.id);
    const permit: Permit = {
      id: row.id,
      kind: row.system ? 'system' : 'reading',
      from: new Date(row.t.getTime() - skew),
      until: new Date(until.getTime() + skew),
      left: ranges,
    };
    permits.set(row.object, [...(permits.get(row.object) ?? []), permit]);
  }
  // what lies behind is not asked for again, unless files overlap by hours
  if (left.size > 200_000) for (const id of left.keys()) if (!known.has(id)) left.delete(id);
  return permits;
}

function unlogged(report: ReadsReport, read: StoreRead, object: string): void {
  report.unloggedCount++;
  if (report.unlogged.length >= KEPT) return;
  const { key, range, request, credential } = read;
  report.unlogged.push({ at: read.at.toISOString(), key, record: parseObjectKey(key)?.record ?? '', object, range, request, credential });
}

async function lookForUnseen({ deps, skew, seen, report }: Work, from: Date, until: Date): Promise<void> {
  for await (const rows of endedReads(deps.db, new Date(from.getTime() + skew), new Date(until.getTime() - skew)))
    for (const one of rows) {
      if (seen.has(one.begin)) continue;
      report.unseenCount++;
      if (report.unseen.length < KEPT) report.unseen.push({ entry: one.begin, record: one.record, object: one.object, at: one.at.toISOString() });
    }
}
