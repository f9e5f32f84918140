import { closedKeys, copiesOfRecords, copySums, keysLeft, unerased, wentOutside } from '../copies-store.js';
import { findKeyDestruction } from '../../../vault/index.js';
import type { ExecutionDeps } from '../deps.js';
import { findRegister } from '../store.js';
import type { Facts } from '../values.js';
import { pieces, type StepContext, type StepWork } from './types.js';

const BATCH = 200;
const LANES = 16;
/** Days for which a backup's key lives at most. */
const BACKUP_DAYS = 30;
const DAY = 86_400_000;

/** One thing that was looked at: how much of it, and what was found that should not be there. */
export interface Checked {
  what: 'keys' | 'keystores' | 'store' | 'catalogue' | 'index' | 'uploads';
  looked: number;
  found: number;
}

/** What by nature is not gone yet, or is not in our hands; with the last date where there is one. */
export interface Remains {
  what: 'locked_copies' | 'backups' | 'write_ahead_log' | 'free_pages' | 'usage_records' | 'disclosures' | 'certified_copies';
  count?: number;
  until?: string;
}

export interface ClosureReport {
  at: string;
  checked: Checked[];
  remains: Remains[];
}

/**
 * Looks at everything once more, at the things themselves and not at what the steps before said: wraps in the catalogue, every
 * registered keystore, every version in the store, the catalogue's rows, the index.
 */
export async function closureReport(context: StepContext): Promise<ClosureReport> {
  const { deps, run, records } = context;
  const id = run.register_id;
  const closed = await closedKeys(deps.db, id);
  const checked: Checked[] = [
    { what: 'keys', looked: (await copySums(deps.db, id)).all, found: await keysLeft(deps.db, id) },
    { what: 'keystores', looked: closed.length * deps.keystore.places, found: await keysInKeystores(deps, id, closed) },
    await storeChecked(context),
    { what: 'catalogue', looked: records.length, found: await unerased(deps.db, id) },
    { what: 'index', looked: records.length, found: (await deps.index.stale(records)).length },
  ];
  return { at: deps.now().toISOString(), checked, remains: await remainsOf(context) };
}

/** Keys of closed generations that any registered copy of the keystore still holds, copies out of reach, and files that do not fit. */
async function keysInKeystores(deps: ExecutionDeps, register: string, closed: readonly { bucket: string; through: number }[]): Promise<number> {
  const through = new Map(closed.map((one) => [one.bucket, one.through]));
  const kept = (await deps.keystore.keks()).filter((one) => one.generation <= (through.get(one.bucket) ?? 0) && one.state !== 'destroyed');
  const names = new Set(
    (await deps.keystore.keks()).filter((one) => one.generation <= (through.get(one.bucket) ?? 0)).map((one) => `${one.bucket}-${one.generation}.json`),
  );
  const places = await deps.keystore.check();
  const wrong = places.reduce((sum, place) => sum + (place.reachable && place.same ? place.faults.filter((file) => names.has(file)).length : 1), 0);
  const ended = (await findKeyDestruction(deps.db, register))?.state === 'destroyed';
  return kept.length + wrong + (ended ? 0 : 1);
}

/** Every version that the store holds below the records: none but those whose lock has not ended. */
async function storeChecked({ deps, run, records }: StepContext): Promise<Checked> {
  let [looked, found] = [0, 0];
  for (const batch of pieces(records, BATCH)) {
    const copies = await copiesOfRecords(deps.db, run.register_id, batch);
    const refs = await deps.vault.facts(copies.map((one) => one.object));
    const locked = new Set(copies.filter((one) => one.state === 'locked').map((one) => one.object));
    const folders = [...new Set(refs.map((one) => one.ref.key.split('/').slice(0, 4).join('/')))];
    const expected = new Set(refs.filter((one) => locked.has(one.objectId)).map((one) => one.ref.key));
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let folder = folders[next++]; folder; folder = folders[next++]) {
        for await (const entry of deps.store.list(`${folder}/`)) if (!expected.has(entry.key)) found++;
      }
    };
    await Promise.all(Array.from({ length: Math.min(LANES, folders.length) }, lane));
    looked += refs.length;
  }
  return { what: 'store', looked, found };
}

async function remainsOf({ deps, run }: StepContext): Promise<Remains[]> {
  const [sums, outside] = [await copySums(deps.db, run.register_id), await wentOutside(deps.db, run.register_id)];
  return [
    ...(sums.locked > 0 ? [{ what: 'locked_copies' as const, count: sums.locked, ...(sums.until ? { until: sums.until.toISOString() } : {}) }] : []),
    // their contents are under keys that are gone; names and titles of the catalogue are not
    { what: 'backups', until: new Date(deps.now().getTime() + BACKUP_DAYS * DAY).toISOString() },
    { what: 'write_ahead_log' },
    { what: 'free_pages' },
    { what: 'usage_records' },
    ...(outside.disclosures > 0 ? [{ what: 'disclosures' as const, count: outside.disclosures }] : []),
    ...(outside.copies > 0 ? [{ what: 'certified_copies' as const, count: outside.copies }] : []),
  ];
}

export const closure: StepWork = async (context) => {
  const report = await closureReport(context);
  const found = report.checked.filter((one) => one.found > 0);
  const register = await findRegister(context.deps.db, context.run.register_id);
  const facts: Facts = Object.fromEntries(report.checked.map((one) => [one.what, one.found]));
  if (found.length > 0 || !register) return { done: false, waits: 'something_left', facts };
  return { done: true, facts: { ...facts, looked: report.checked.reduce((sum, one) => sum + one.looked, 0) } };
};
