import { CodedError } from '../../errors/index.js';
import type { GoneNote } from '../term/note.js';
import type { Entry } from '../types.js';
import { checkTimestamps, type TimestampRoots } from './timestamps.js';
import { type Checkpoints, collectCheckpoints, type KnownCheckpoint, readKeys, type VerifierKeys } from './checkpoints.js';
import type { LogSource } from './source.js';
import { breakIn, goesOnFrom, tellBreaks } from './breaks.js';
import { goneNote } from './gone.js';
import type { PublishedBreak, PublishedFault, PublishedLogReport, PublishedReport } from './types.js';
import { walkLog, type Walked } from './walk.js';

export interface PublishedOptions {
  /** Verifier keys, a line each; where left out those that lie beside the log, which prove nothing about who made it. */
  keys?: string | undefined;
  /** Checkpoints that whoever verifies kept elsewhere: the only thing that shows a log that was cut, or made anew with its own key. */
  outside?: readonly { name: string; note: string }[];
  /** Certificates (PEM) of time-stamping authorities that are trusted; without any no time stamp is believed. */
  authorities?: TimestampRoots | undefined;
  progress?: (log: string, entries: bigint) => void;
}

/** The file beside the logs that holds their verifier keys. */
export const KEYS_FILE = 'verifier-keys';

/**
 * Verifies a published or exported log with no database, no network but the source's own, and no secret: signatures, every leaf,
 * every tile, that all checkpoints are of one growing tree, that each year opens with the end of the one before, time stamps. Memory
 * is bounded: a bundle and a tile at a time, and the checkpoints.
 * @throws `invalid_request` where there is no log or no key
 */
export async function verifyPublished(source: LogSource, options: PublishedOptions = {}): Promise<PublishedReport> {
  const logs = await source.logs();
  const keys = await keysFor(source, options.keys);
  const checkpoints = await collectCheckpoints(source, logs, keys);
  for (const { name, note } of options.outside ?? []) checkpoints.add(note, name, null);
  const faults: PublishedFault[] = checkpoints.wrong.map(({ why, log, size, name }) => ({ kind: why, log, sequence: size, name }));
  const reports: PublishedLogReport[] = [];
  const breaks: PublishedBreak[] = [];
  const openings = new Map<string, Entry>();
  let before: { log: string; good: readonly KnownCheckpoint[] } | null = null;
  for (const log of logs) {
    const known = checkpoints.of(log);
    const gone = await goneNote(source, log, keys);
    const walked = await walkLog(source, log, known, gone.note, (entries) => options.progress?.(log, entries));
    if (walked.opening) openings.set(log, walked.opening);
    const broken = breakIn(walked.opening, log);
    if (broken) breaks.push(broken);
    faults.push(...gone.faults);
    if (walked.size === 0n) walked.faults.push({ kind: 'unsigned', log, sequence: null, name: log });
    else if (!opensWith(walked.opening, log, before)) walked.faults.push({ kind: 'opening', log, sequence: 0n, name: `${log}/tile/entries/000` });
    const stamps = await checkTimestamps(source, log, walked.good, options.authorities);
    faults.push(...walked.faults, ...stamps.faults);
    reports.push(reportOf(log, walked, known.length, stamps.anchors, gone.note));
    before = walked.good.length > 0 ? { log, good: walked.good } : null;
  }
  faults.push(...absent(checkpoints, logs));
  const sorted = tellBreaks(faults, openings, breaks, checkpoints).sort(inOrder);
  return { whole: sorted.length === 0 && reports.length > 0, breaks, logs: reports, faults: sorted };
}

async function keysFor(source: LogSource, given: string | undefined): Promise<VerifierKeys> {
  const text = given ?? (await source.read(KEYS_FILE))?.toString('utf8');
  if (text === undefined) throw new CodedError('invalid_request', { detail: 'no verifier key' });
  try {
    return readKeys(text);
  } catch {
    throw new CodedError('invalid_request', { detail: 'a line of the verifier keys is none' });
  }
}

/**
 * The first entry of a log names the end of the one before; after a break, the place in it up to which it is there. Of the first log that
 * is at hand, what it names cannot be compared.
 */
function opensWith(opening: Entry | undefined, log: string, before: { log: string; good: readonly KnownCheckpoint[] } | null): boolean {
  const broken = opening?.act === 'log.break';
  if (!opening || !(broken || opening.act === 'log.open') || opening.subject.id !== log) return false;
  const { previous, size } = opening.facts ?? {};
  if (!before) return previous === null || typeof previous === 'string';
  if (broken && size === '0' && typeof previous === 'string' && previous > before.log) return true; // lost from its first entry on
  return goesOnFrom(opening, before.log, broken ? before.good : before.good.slice(-1));
}

function reportOf(log: string, walked: Walked, checkpoints: number, stamps: PublishedLogReport['anchors'], gone: GoneNote | undefined): PublishedLogReport {
  const outside = walked.good.filter((one) => one.outside).map((one) => ({ by: 'checkpoint' as const, size: one.size, since: null, name: one.name }));
  const anchors = [...outside, ...stamps].sort((a, b) => (a.size === b.size ? 0 : a.size > b.size ? -1 : 1));
  const { size = 0n, at = '', rule = '', procedure = '', persons = [] } = gone ?? {};
  const destroyed = gone === undefined ? null : { size, at, rule, procedure, persons };
  return { log, size: walked.size, entries: walked.entries, checkpoints, anchors, gone: destroyed };
}

/** Years of which there is a checkpoint from outside but no log. */
function absent(checkpoints: Checkpoints, logs: readonly string[]): PublishedFault[] {
  return checkpoints
    .logs()
    .filter((log) => !logs.includes(log))
    .flatMap((log) => checkpoints.of(log).map((one): PublishedFault => ({ kind: 'short', log, sequence: 0n, name: one.name })));
}

/** What follows from a changed entry where there is one. */
const FOLLOWS = new Set(['root', 'short', 'unsigned', 'tile']);

/** By log; those that name their entry before those that follow from it, then in sequence. */
function inOrder(one: PublishedFault, other: PublishedFault): number {
  if (one.log !== other.log) return one.log < other.log ? -1 : 1;
  const rank = Number(FOLLOWS.has(one.kind)) - Number(FOLLOWS.has(other.kind));
  if (rank !== 0) return rank;
  const [a, b] = [one.sequence ?? -1n, other.sequence ?? -1n];
  return a < b ? -1 : a > b ? 1 : 0;
}
