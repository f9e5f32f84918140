import { type EntryInput, systemActor } from '../audit/index.js';
import type { Tx } from '../db/index.js';
import { CodedError } from '../errors/index.js';
import type { ChecksDeps } from './deps.js';
import type { Step } from './parts/part.js';
import { parts } from './parts/index.js';
import { advanceCheck, type CheckRow, endCheck, insertFaults, type Progress } from './store.js';
import { type CheckScope, type Counts, type PartCount, PARTS } from './values.js';

/** Faults that are kept; more are only counted. */
const KEPT = 10_000n;

export interface RunOptions {
  progress?: (row: CheckRow) => void;
  /** Told when the process is about to stop: the check goes on later. */
  signal?: AbortSignal | undefined;
}

export function scopeOf({ mode, seed, size }: Pick<CheckRow, 'mode' | 'seed' | 'size'>): CheckScope {
  return mode === 'whole' ? { mode } : { mode, seed: seed ?? '', size: size ?? 0 };
}

/** The entry that tells of a check in the log. */
export function entryOf(deps: ChecksDeps, facts: NonNullable<EntryInput['facts']>, decision: 'allow' | 'error' = 'allow'): EntryInput {
  return { actor: systemActor(), act: 'archive.verify', subject: { kind: 'archive', id: deps.keystore.archiveId }, decision, facts };
}

/** Units with something wrong in one step: one may have several faults. */
const badOf = (step: Step): number => new Set(step.faults.map((one) => one.subject)).size;

function added(count: PartCount, step: Step): PartCount {
  const { done, bad, young } = count;
  return { ...count, done: done + step.done, bad: bad + badOf(step), ...(step.young === undefined ? {} : { young: (young ?? 0) + step.young }) };
}

/** Goes through the parts from where the row says, keeping each step before the next; `undefined` where it was told to stop. */
export async function runCheck(deps: ChecksDeps, start: CheckRow, { progress, signal }: RunOptions): Promise<CheckRow | undefined> {
  let row = start;
  const keep = async (to: Progress, faults: Step['faults'] = []): Promise<void> => {
    await deps.db.tx(async (tx) => {
      if (!(await advanceCheck(tx, row, to, deps.now()))) throw new CodedError('conflict', { detail: 'another process goes on with this check' });
      const room = KEPT - row.fault_count;
      if (room > 0n) await insertFaults(tx, row.id, to.part, row.fault_count + 1n, faults.slice(0, Number(room)));
    });
    row = { ...row, part: to.part, place: to.place, counts: to.counts, bytes: to.bytes, fault_count: to.faults };
    progress?.(row);
  };
  const scope = scopeOf(row);
  for (const name of PARTS.slice(row.part === null ? 0 : PARTS.indexOf(row.part))) {
    const part = parts[name];
    const look = { scope, check: row.id, place: name === row.part ? row.place : null };
    if (row.counts[name] === undefined) {
      const counts: Counts = { ...row.counts, [name]: { done: 0, bad: 0, ...(await part.size(deps, look)) } };
      await keep({ part: name, place: null, counts, bytes: row.bytes, faults: row.fault_count });
    }
    for await (const step of part.run(deps, look)) {
      const count = row.counts[name] as PartCount;
      const counts: Counts = { ...row.counts, [name]: added(count, step) };
      const [bytes, faults] = [row.bytes + BigInt(step.bytes ?? 0), row.fault_count + BigInt(step.faults.length)];
      await keep({ part: name, place: step.place, counts, bytes, faults }, step.faults);
      if (signal?.aborted) return undefined;
    }
  }
  return await deps.db.tx((tx) => end(deps, tx, row));
}

async function end(deps: ChecksDeps, tx: Tx, row: CheckRow): Promise<CheckRow> {
  const at = deps.now();
  const result = row.fault_count === 0n ? 'whole' : 'faulty';
  if (!(await endCheck(tx, row, result, at))) throw new CodedError('conflict', { detail: 'another process goes on with this check' });
  const looked = Object.fromEntries(Object.entries(row.counts).map(([name, count]) => [name, count.done]));
  const facts = { run: row.id, step: 'end', result, mode: row.mode, faults: Number(row.fault_count), bytes: Number(row.bytes), ...looked };
  await deps.audit.append(tx, entryOf(deps, facts, result === 'whole' ? 'allow' : 'error'));
  return { ...row, result, finished_at: at };
}
