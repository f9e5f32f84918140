import type { KeyObject } from 'node:crypto';
import type { Db } from '../../db/index.js';
import { originOf, type AuditKeystore } from '../audit.js';
import { readSignerMemory } from '../log/signer.js';
import { commitmentTo, openSide } from '../side.js';
import type { Entry } from '../types.js';
import { selectReplays } from '../restore/store.js';
import { GoneLogs, type VerifiedGone } from './gone.js';
import { LogChecker, type CheckerOptions, type Fault, type LogBreak } from './checker.js';
import type { VerifyState } from './state.js';
import { selectStrays, selectTile, streamLog } from './store.js';

export interface VerifyOptions extends CheckerOptions {
  /** Opens side rows, to compare them with the commitments; without it they are not looked at. */
  sideKey?: KeyObject;
  /** Called now and then with the entries checked so far. */
  progress?: (entries: number) => void;
  /** Where an earlier verification stopped. */
  from?: VerifyState;
  /** Told how far it is, about every so many entries, at a place from which another process can go on. */
  keep?: { every: number; state: (state: VerifyState) => Promise<void> };
  /** Ends it with its reason. */
  signal?: AbortSignal;
}

export interface LogReport {
  whole: boolean;
  entries: number;
  heads: number;
  tiles: number;
  /** Entries of the newest log that wait for their head: usual for some milliseconds while the server works. */
  unsigned: bigint;
  /** Side rows that were erased; their entries still verify. */
  erased: number;
  /** Side rows that were lost with a database that was put back; their entries were written again and verify. */
  lost: number;
  /** Logs that two persons closed with a loss. */
  breaks: readonly LogBreak[];
  /** Logs whose entries were destroyed at the end of their term: their hashes were compared in their stead. */
  gone: readonly VerifiedGone[];
  /** By log; those that name their entry before those that name a range. */
  faults: Fault[];
}

/** Faults with which a state is kept; beyond, a process that is lost begins anew. */
const MOST_FAULTS = 1_000;

/** Recomputes the whole stored log: entries, sequence, times, tree, tiles, heads, the signer's memory, side rows. */
export async function verifyLog(db: Db, options: VerifyOptions): Promise<LogReport> {
  const { from, keep, signal } = options;
  const checker = new LogChecker(options, from?.checker);
  let tiles = from?.tiles ?? 0;
  let erased = from?.erased ?? 0;
  let lost = from?.lost ?? 0;
  let kept = checker.count;
  const replays = await selectReplays(db);
  const replayed = (log: string, sequence: bigint): boolean => replays.some((one) => one.log === log && one.from <= sequence && sequence < one.to);
  const compare = async (): Promise<void> => {
    for (const tile of checker.tiles.splice(0)) {
      tiles++;
      checker.compare(checker.signed.log, tile, await selectTile(db, checker.signed.log, tile.level, tile.index));
    }
  };
  const gone = new GoneLogs(db, checker, options, compare, from && { log: from.checker.log, told: from.gone });
  for await (const rows of streamLog(db, from && { log: from.checker.log, sequence: from.checker.edge.size })) {
    signal?.throwIfAborted();
    for (const row of rows) {
      if (row.log !== checker.signed.log) await gone.before(row.log);
      const entry = checker.feed(row);
      const side = sideState(row.id, entry, row.sealed, options.sideKey);
      if (side === 'erased' && replayed(row.log, row.sequence)) lost++;
      else if (side === 'erased') erased++;
      if (side === 'changed') checker.faults.push({ kind: 'side', log: row.log, sequence: row.sequence });
      if (checker.tiles.length > 0) await compare();
      if (keep === undefined || row.head === null || checker.count - kept < keep.every) continue;
      const state = checker.state;
      if (state === undefined || state.faults.length > MOST_FAULTS) continue;
      kept = checker.count;
      await keep.state({ checker: state, tiles, erased, lost, gone: gone.told });
    }
    options.progress?.(checker.count);
  }
  const unsigned = checker.signed.open;
  checker.end();
  const strays: Fault[] = await selectStrays(db);
  // Entries that wait for their head right now are no fault of a log that is being written.
  const found = [...checker.faults.filter((fault) => fault.kind !== 'unsigned' || fault.log !== checker.signed.log), ...strays];
  const faults = found.sort(inOrder);
  return {
    whole: faults.length === 0,
    entries: checker.count,
    heads: checker.heads,
    tiles,
    unsigned,
    erased,
    lost,
    breaks: checker.breaks,
    gone: gone.told,
    faults,
  };
}

/** Faults of a whole range, which follow from that of an entry in it where there is one. */
const OF_A_RANGE = new Set(['head', 'fork', 'unsigned', 'short', 'memory']);

/** By log; those that name their entry first. */
function inOrder(one: Fault, other: Fault): number {
  if (one.log !== other.log) return one.log < other.log ? -1 : 1;
  const rank = Number(OF_A_RANGE.has(one.kind)) - Number(OF_A_RANGE.has(other.kind));
  if (rank !== 0) return rank;
  return Number((one.sequence ?? -1n) - (other.sequence ?? -1n));
}

function sideState(id: string, entry: Entry | undefined, sealed: Buffer | null, key: KeyObject | undefined): 'fits' | 'erased' | 'changed' {
  if (entry === undefined) return 'fits';
  if (sealed === null) return entry.side === undefined ? 'fits' : 'erased';
  if (key === undefined) return 'fits';
  try {
    return commitmentTo(openSide(key, id, sealed)) === entry.side ? 'fits' : 'changed';
  } catch {
    return 'changed';
  }
}

/** Verifies the stored log with all that the keystore holds: signing key, signer's memory, key of the side rows. */
export async function verifyStored(
  db: Db,
  keystore: AuditKeystore,
  progress?: (entries: number) => void,
  resumed: Pick<VerifyOptions, 'from' | 'keep' | 'signal'> = {},
): Promise<LogReport> {
  return await verifyLog(db, {
    publicKey: keystore.signingKey('audit-log').publicKey,
    originOf: (log) => originOf(keystore.archiveId, log),
    memory: await readSignerMemory(keystore.folder),
    sideKey: keystore.secret('side-rows'),
    ...(progress ? { progress } : {}),
    ...resumed,
  });
}
