import { archivePrefix, type ObjectEntry, parseObjectKey } from '../../storage/index.js';
import type { ChecksDeps } from '../deps.js';
import type { NewFault } from '../values.js';
import { placesOf, prefixesOf } from './objects-store.js';
import type { Look, Part, Step } from './part.js';
import { countOf, drawIds } from './walk-store.js';

const BATCH = 500;
/** What no row names is swept every night once it is two days old; what is older than this was left, or put there by another hand. */
export const ORPHAN_AGE = 3 * 86_400_000;
/** What stands beside the objects of records: the ledger of destructions, and copies of the key table. */
const BESIDE = ['ledger/', 'keys/'];

async function judge(deps: ChecksDeps, entries: readonly ObjectEntry[]): Promise<{ faults: NewFault[]; young: number }> {
  const [objects, strangers] = [entries.filter(({ key }) => parseObjectKey(key)), entries.filter(({ key }) => !parseObjectKey(key))];
  const faults: NewFault[] = strangers.map(({ key, size }) => ({ kind: 'stranger', subject: key, record: null, facts: { size } }));
  const unnamed = new Set((await placesOf(deps.db, objects)).flatMap(({ key, version, state }) => (state === 'none' ? [`${key} ${version}`] : [])));
  let young = 0;
  for (const one of objects) {
    if (!unnamed.has(`${one.key} ${one.version}`)) continue;
    if (deps.now().getTime() - one.modifiedAt.getTime() < ORPHAN_AGE) young++;
    // a capture may have named it, or a sweep removed it, since it was listed
    else if ((await deps.store.stat(one)) !== undefined && (await placesOf(deps.db, [one]))[0]?.state === 'none')
      faults.push({ kind: 'orphan', subject: one.key, record: parseObjectKey(one.key)?.record ?? null, facts: { version: one.version, size: one.size } });
  }
  return { faults, young };
}

/** Everything below the archive's prefix, in the order of keys; up to the place where an earlier process stopped it is only listed. */
async function* everything(deps: ChecksDeps, { place }: Look): AsyncGenerator<Step> {
  const prefix = archivePrefix(deps.keystore.archiveId);
  let batch: ObjectEntry[] = [];
  for await (const entry of deps.store.list(prefix)) {
    if ((place !== null && entry.key <= place) || BESIDE.some((one) => entry.key.startsWith(prefix + one))) continue;
    const last = batch.at(-1);
    // versions of one key stay together, so that its key alone is a place
    if (last && batch.length >= BATCH && last.key !== entry.key) {
      yield { done: batch.length, place: last.key, ...(await judge(deps, batch)) };
      batch = [];
    }
    batch.push(entry);
  }
  const last = batch.at(-1);
  if (last) yield { done: batch.length, place: last.key, ...(await judge(deps, batch)) };
}

/** What stands in the store for records that were drawn. */
async function* ofDrawn(deps: ChecksDeps, { place, check }: Look, scope: { seed: string; size: number }): AsyncGenerator<Step> {
  const drawn = await drawIds(deps.db, 'records', { ...scope, before: check });
  for (let at = Number(place ?? 0); at < drawn.length; at += 50) {
    const ids = drawn.slice(at, at + 50);
    const found: ObjectEntry[] = [];
    for (const { prefix } of await prefixesOf(deps.db, ids, deps.keystore.archiveId)) for await (const entry of deps.store.list(prefix)) found.push(entry);
    yield { done: ids.length, place: String(at + ids.length), ...(await judge(deps, found)) };
  }
}

/** Every stored object has its row, or is young enough to get one, or to be swept. */
export const storedPart: Part = {
  async size({ db }, { scope }) {
    const frame = await countOf(db, scope.mode === 'whole' ? 'objects' : 'records');
    return { frame, total: scope.mode === 'whole' ? frame : Math.min(frame, scope.size) };
  },
  run: (deps, look) => (look.scope.mode === 'whole' ? everything(deps, look) : ofDrawn(deps, look, look.scope)),
};
