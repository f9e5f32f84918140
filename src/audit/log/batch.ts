import { createHash } from 'node:crypto';
import { canonicalJson } from '../../crypto/index.js';
import { type AgreedBreak, breakFacts } from '../restore/break.js';
import { columnsOf, readEntry, type EntryColumns } from '../entry.js';
import { SYSTEM_PSEUDONYM, type Entry } from '../types.js';
import { nextLog, yearOf } from './names.js';
import { Edge, type Tile } from './tiles.js';
import { leafHash, type Hash } from './tree.js';

/** A row of `audit_pending`. */
export interface Taken {
  /** Transaction that appended it. */
  xact: string;
  id: string;
  entry: string;
  sealed: Buffer | null;
  /** The entry itself, where this process made it; it need not be read. */
  made?: Entry;
}

/** Where a log ends. */
export interface LogEnd {
  log: string;
  edge: Edge;
  /** Time of its newest entry. */
  lastT: string;
}

export interface Planned {
  sequence: bigint;
  id: string;
  text: string;
  leaf: Hash;
  columns: EntryColumns;
}

/** Entries of one log that become durable together. */
export interface Batch {
  end: LogEnd;
  entries: Planned[];
  tiles: Tile[];
  /** Rows that leave `audit_pending`. */
  taken: Taken[];
}

export interface BatchContext {
  now: Date;
  newId: () => string;
  blind: () => string;
  /** The last checkpoint of the log before, which the first entry of a new log names. */
  lastCheckpoint: { log: string; size: bigint; root: Hash; note: string } | null;
  /** What two persons closed: the new log goes on from there, and says so. */
  broken?: AgreedBreak | undefined;
}

const later = (one: string, other: string): string => (one > other ? one : other);

function systemEntry(context: BatchContext, t: string, rest: Pick<Entry, 'act' | 'subject' | 'decision' | 'facts'>): Entry {
  return { v: 1, id: context.newId(), t, blind: context.blind(), actor: SYSTEM_PSEUDONYM, role: [], request: SYSTEM_PSEUDONYM, ...rest };
}

/** First entry of a log: it binds the log to the end of the one before, or says what of that is lost and who closed it. */
function opening(log: string, t: string, context: BatchContext): Entry {
  const { lastCheckpoint: last, broken } = context;
  if (broken) return systemEntry(context, t, { act: 'log.break', subject: { kind: 'log', id: log }, decision: 'error', facts: breakFacts(broken) });
  return systemEntry(context, t, {
    act: 'log.open',
    subject: { kind: 'log', id: log },
    decision: 'allow',
    facts:
      last === null
        ? { previous: null }
        : { previous: last.log, size: String(last.size), root: last.root.toString('base64'), checkpoint: createHash('sha256').update(last.note).digest('hex') },
  });
}

/** A row that this program did not write is not lost, but shown for what it is. */
function malformed(row: Taken, context: BatchContext): Entry {
  return {
    ...systemEntry(context, context.now.toISOString(), {
      act: 'log.malformed',
      subject: { kind: 'log', id: 'pending' },
      decision: 'error',
      facts: { digest: createHash('sha256').update(row.entry).digest('hex') },
    }),
    id: row.id,
  };
}

interface Read {
  row: Taken;
  entry: Entry;
  text: string;
}

function read(row: Taken, context: BatchContext): Read {
  if (row.made?.id === row.id) return { row, entry: row.made, text: row.entry };
  const entry = readEntry(row.entry);
  if (entry?.id === row.id) return { row, entry, text: row.entry };
  const replaced = malformed(row, context);
  return { row, entry: replaced, text: canonicalJson(replaced) };
}

/**
 * Gives sequence numbers, times and hashes to waiting entries, up to the end of the year that the first of them falls into.
 * Pure. Times never run backwards: an entry that waited in a long transaction is moved up to the one before it, and one
 * from a clock that is ahead is moved back to now.
 */
export function planBatch(current: LogEnd | null, rows: readonly Taken[], context: BatchContext): Batch {
  const now = context.now.toISOString();
  const sorted = rows.map((row) => read(row, context)).sort((a, b) => (a.entry.t < b.entry.t ? -1 : a.entry.t > b.entry.t ? 1 : 0));
  const first = sorted[0];
  if (first === undefined) throw new Error('an empty batch');
  const timeOf = (one: Read, lastT: string): string => later(lastT, one.entry.t < now ? one.entry.t : now);
  let lastT = timeOf(first, current?.lastT ?? '');
  const year = yearOf(lastT);
  const goesOn = current !== null && yearOf(current.log) === year && context.broken === undefined;
  const log = goesOn ? current.log : context.broken ? nextLog(context.broken.log, year) : year;
  const fresh = !goesOn;
  const edge = goesOn ? current.edge.copy() : new Edge();
  const batch: Batch = { end: { log, edge, lastT }, entries: [], tiles: [], taken: [] };
  const add = (entry: Entry, text: string): void => {
    const leaf = leafHash(text);
    batch.entries.push({ sequence: edge.size, id: entry.id, text, leaf, columns: columnsOf(entry) });
    batch.tiles.push(...edge.append(leaf));
  };
  if (fresh) {
    const entry = opening(log, lastT, context);
    add(entry, canonicalJson(entry));
  }
  for (const one of sorted) {
    const t = timeOf(one, lastT);
    if (yearOf(t) !== year) break;
    if (t === one.entry.t) add(one.entry, one.text);
    else {
      const moved = { ...one.entry, t };
      add(moved, canonicalJson(moved));
    }
    batch.taken.push(one.row);
    lastT = t;
  }
  batch.end.lastT = lastT;
  return batch;
}
