import type { Actor } from '../../../audit/index.js';
import type { Tx } from '../../../db/index.js';
import { CodedError, invalidField } from '../../../errors/index.js';
import { insertHistory } from '../../../records/index.js';
import type { HoldsDeps } from '../deps.js';
import { filtersOfHold, type HoldRow } from '../store.js';
import { HOLD_TAKES } from '../values.js';
import { letGo, lockSpokenOf, setEntries, takeRecords, untold, type Over } from './store.js';

/** Records whose entries are made together. */
const TOLD_AT_ONCE = 1_000;

/** What a hold of the catalogue is over. */
export async function overOf(tx: Tx, row: Pick<HoldRow, 'id' | 'scope' | 'client_number'>): Promise<Over> {
  if (row.scope === 'client') return { client: row.client_number ?? '' };
  const filters = row.scope === 'query' ? await filtersOfHold(tx, row.id) : null;
  return filters === null ? { hold: row.id } : { filters };
}

/**
 * Puts everything that a hold in force speaks of under it, in the transaction in which it came into force; how many. What is being
 * destroyed already is left: it cannot be held any more. Each record's own timeline tells it.
 */
export async function takeAll(deps: HoldsDeps, tx: Tx, actor: Actor, row: Pick<HoldRow, 'id' | 'number' | 'scope' | 'client_number'>): Promise<number> {
  const ids = await lockSpokenOf(tx, await overOf(tx, row), HOLD_TAKES);
  if (ids.length > HOLD_TAKES) throw new CodedError('too_large', { params: { max: HOLD_TAKES } });
  if (ids.length === 0 && row.scope === 'list') throw invalidField('records', 'gone');
  const at = deps.now();
  const first = new Set(ids.length === 0 ? [] : await takeRecords(tx, row.id, ids, at));
  const entries = await tell(deps, tx, actor, 'record.hold', row, ids);
  await setEntries(tx, row.id, entries);
  await insertHistory(
    tx,
    entries.filter((one) => first.has(one.record)).map((one) => ({ ...one, at, by: actor.pseudonym, field: 'held', old: 'no', new: 'yes' })),
  );
  return ids.length;
}

/** After a hold has ended at `at`: each record it let go of tells it. How many. */
export async function tellLetGo(deps: HoldsDeps, tx: Tx, actor: Actor, row: Pick<HoldRow, 'id' | 'number'>, at: Date): Promise<number> {
  const gone = await letGo(tx, row.id, at);
  const free = new Set(gone.filter((one) => one.free).map((one) => one.id));
  const entries = await tell(
    deps,
    tx,
    actor,
    'record.unhold',
    row,
    gone.map((one) => one.id),
  );
  await insertHistory(
    tx,
    entries.filter((one) => free.has(one.record)).map((one) => ({ ...one, at, by: actor.pseudonym, field: 'held', old: 'yes', new: 'no' })),
  );
  return gone.length;
}

/** Tells, in the archive's own name, of records that came under a hold by themselves; how many. */
export async function tellCaught(deps: HoldsDeps, actor: Actor, hold: { id: string; number: string }): Promise<number> {
  for (let told = 0; ;) {
    const count = await deps.db.tx(async (tx) => {
      const rows = await untold(tx, hold.id, TOLD_AT_ONCE);
      const entries = await tell(
        deps,
        tx,
        actor,
        'record.hold',
        hold,
        rows.map((one) => one.record_id),
        true,
      );
      await setEntries(tx, hold.id, entries);
      const first = new Set(rows.filter((one) => one.first).map((one) => one.record_id));
      const at = deps.now();
      await insertHistory(
        tx,
        entries.filter((one) => first.has(one.record)).map((one) => ({ ...one, at, by: actor.pseudonym, field: 'held', old: 'no', new: 'yes' })),
      );
      return rows.length;
    });
    told += count;
    if (count < TOLD_AT_ONCE) return told;
  }
}

async function tell(
  deps: HoldsDeps,
  tx: Tx,
  actor: Actor,
  act: 'record.hold' | 'record.unhold',
  hold: { id: string; number: string },
  ids: readonly string[],
  caught = false,
): Promise<{ record: string; entry: string }[]> {
  if (ids.length === 0) return [];
  const entries = await deps.audit.appendMany(
    tx,
    ids.map((id) => ({
      actor,
      act,
      subject: { kind: 'record' as const, id },
      decision: 'allow' as const,
      policy: deps.access.version(),
      facts: { hold: hold.id, number: hold.number, ...(caught ? { caught } : {}) },
    })),
  );
  return ids.map((record, i) => ({ record, entry: entries[i]?.id ?? '' }));
}
