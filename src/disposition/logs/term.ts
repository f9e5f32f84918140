import { createHash } from 'node:crypto';
import type { ClosedLog } from '../../audit/index.js';
import { canonicalJson } from '../../crypto/index.js';
import { decide, lockUntil, type RetentionDecision, type Schedule } from '../../retention/index.js';

/** The log of a year is a record of use that ends with the year. */
const endOf = (log: string): Date => new Date(Date.UTC(Number(log.slice(0, 4)) + 1, 0, 1) - 1);

/** Until when the entries of a log are kept, and why, by the rule of usage records (pure). `on`: the day for which it is asked. */
export function logTerm(log: string, schedule: Schedule, on: string, holds: readonly string[] = []): RetentionDecision {
  return decide(
    { kind: 'usage', closedAt: endOf(log) },
    [],
    schedule,
    holds.map((id) => ({ id })),
    on,
  );
}

/** Until when the store must lock what is published of a log: the minimum term of records of use (pure). */
export function logLock(log: string, schedule: Schedule, on: string): Date {
  return lockUntil(logTerm(log, schedule, on), schedule);
}

/** Why the entries of a log may not be destroyed now; empty: nothing stands against it. */
export const LOG_OBSTACLES = ['gone', 'term', 'held', 'unpublished', 'incomplete'] as const;
export type LogObstacle = (typeof LOG_OBSTACLES)[number];

/** What stands against destroying the entries of a closed log (pure). What is not known stands against it. */
export function obstaclesOf(closed: ClosedLog, term: RetentionDecision, holds: readonly string[], today: string): LogObstacle[] {
  const against: LogObstacle[] = [];
  if (closed.procedure !== null) against.push('gone');
  if (term.until >= today || term.minimum >= today) against.push('term');
  if (holds.length > 0) against.push('held');
  if (closed.published !== closed.size) against.push('unpublished');
  if (!closed.whole) against.push('incomplete');
  return against;
}

/** What goes, as everybody signs it. */
export interface LogFacts {
  number: string;
  /** Origin of the log in its checkpoints. */
  origin: string;
  size: bigint;
  root: Buffer;
  first: Date;
  last: Date;
  rule: string;
  until: string;
}

/** SHA-256 of what a register destroys: log, range of bundles, tree size, root, and by which term (pure). */
export function logDigest(facts: LogFacts): Buffer {
  const { number, origin, size, root, first, last, rule, until } = facts;
  return createHash('sha256')
    .update(
      canonicalJson({
        format: 'lantai/log-destruction/v1',
        number,
        log: origin,
        entries: { from: '0', to: String(size - 1n), first: first.toISOString(), last: last.toISOString() },
        bundles: { from: '0', to: String((size + 255n) / 256n - 1n) },
        tree: { size: String(size), root: root.toString('base64') },
        term: { rule, until },
      }),
    )
    .digest();
}
