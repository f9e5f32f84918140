import { countSidesAbout } from '../../../audit/index.js';
import { findKeyDestruction, missingPlaces } from '../../../vault/index.js';
import { type CanariesSeen, lookForCanaries } from '../canary/look.js';
import { closedKeys, copySums, keysLeft, unerased, wentOutside } from '../copies-store.js';
import type { ExecutionDeps } from '../deps.js';
import { importsBehind, openReadings, uploadsLeft } from '../store.js';
import type { Facts } from '../values.js';
import type { Checked, ClosureReport, Remains } from './report.js';
import { storeChecked } from './store-check.js';
import type { StepContext, StepWork } from './types.js';

/** Days for which a backup's key lives at most. */
const BACKUP_DAYS = 30;
const DAY = 86_400_000;

/**
 * Looks at everything once more, at the things themselves and not at what the steps before said: wraps in the catalogue, every
 * registered keystore, every version in the store, the catalogue's rows, the index, what imports left, what is open before somebody.
 */
async function look(context: StepContext): Promise<ClosureReport> {
  const { deps, run, records } = context;
  const id = run.register_id;
  const closed = await closedKeys(deps.db, id);
  const checked: Checked[] = [
    { what: 'keys', looked: (await copySums(deps.db, id)).all, found: await keysLeft(deps.db, id) },
    { what: 'keystores', looked: closed.length * deps.keystore.places, found: await keysInKeystores(deps, id, closed) },
    await storeChecked(context),
    { what: 'catalogue', looked: records.length, found: (await unerased(deps.db, id)) + (await countSidesAbout(deps.db, records)) },
    { what: 'index', looked: records.length, found: (await deps.index.stale(records)).length },
    await uploadsChecked(context),
    { what: 'previews', looked: records.length, found: await openReadings(deps.db, id) },
  ];
  const canaries = await lookForCanaries(deps, id);
  if (canaries) checked.push({ what: 'canaries', looked: canaries.report.planted * 2, found: canaries.wrong });
  const report = { at: deps.now().toISOString(), checked, remains: await remainsOf(context, canaries) };
  return canaries ? { ...report, canaries: canaries.report } : report;
}

/** Keys of closed generations that any registered copy of the keystore still holds, copies out of reach, and files that do not fit. */
async function keysInKeystores(deps: ExecutionDeps, register: string, closed: readonly { bucket: string; through: number }[]): Promise<number> {
  const through = new Map(closed.map((one) => [one.bucket, one.through]));
  const keks = (await deps.keystore.keks()).filter((one) => one.generation <= (through.get(one.bucket) ?? 0));
  const kept = keks.filter((one) => one.state !== 'destroyed').length;
  const names = new Set(keks.map((one) => `${one.bucket}-${one.generation}.json`));
  const places = await deps.keystore.check();
  const wrong = places.reduce((sum, place) => sum + (place.reachable && place.same ? place.faults.filter((file) => names.has(file)).length : 1), 0);
  const ended = (await findKeyDestruction(deps.db, register))?.state === 'destroyed';
  return kept + wrong + (await missingPlaces(deps)).length + (ended ? 0 : 1);
}

/** Uploads from which the records came: rejected rows, keys of sealed files, the files themselves; and what waited from before. */
async function uploadsChecked({ deps, run }: StepContext): Promise<Checked> {
  const imports = await importsBehind(deps.db, run.register_id);
  const left = await uploadsLeft(deps.db, imports, run.started_at);
  const lying = await deps.uploads.lying(imports);
  return { what: 'uploads', looked: imports.length, found: left.waiting + left.rejects + left.keys + lying.length };
}

async function remainsOf({ deps, run }: StepContext, canaries: CanariesSeen | undefined): Promise<Remains[]> {
  const [sums, outside] = [await copySums(deps.db, run.register_id), await wentOutside(deps.db, run.register_id)];
  return [
    ...(sums.locked > 0 ? [{ what: 'locked_copies' as const, count: sums.locked, ...(sums.until ? { until: sums.until.toISOString() } : {}) }] : []),
    // their contents are under keys that are gone; names and titles of the catalogue are not
    { what: 'backups', until: new Date(deps.now().getTime() + BACKUP_DAYS * DAY).toISOString() },
    // canaries say how much of titles there still is
    { what: 'write_ahead_log', ...(canaries ? { count: canaries.inLog } : {}) },
    { what: 'free_pages', ...(canaries ? { count: canaries.inPages } : {}) },
    { what: 'usage_records' },
    ...(outside.disclosures > 0 ? [{ what: 'disclosures' as const, count: outside.disclosures }] : []),
    ...(outside.copies > 0 ? [{ what: 'certified_copies' as const, count: outside.copies }] : []),
  ];
}

export const closure: StepWork = async (context) => {
  const report = await look(context);
  const facts: Facts = Object.fromEntries(report.checked.map((one) => [one.what, one.found]));
  if (report.checked.some((one) => one.found > 0)) return { done: false, waits: 'something_left', facts };
  return { done: true, report, facts: { ...facts, looked: report.checked.reduce((sum, one) => sum + one.looked, 0) } };
};
