import { type Actor, systemActor } from '../../../audit/index.js';
import { CodedError } from '../../../errors/index.js';
import type { KeeperDeps, VaultDeps } from '../../types.js';
import { isConfirmed } from './seals.js';
import { executedEnds, insertPlaces, type PlaceFate, type PlaceRow, placeRows } from './store.js';

export interface KeyPlace {
  id: string;
  /** `primary`, `copy 1` and so on; `null` where it is not registered now, or out of reach. */
  place: string | null;
  firstSeen: string;
  ended: PlaceFate | null;
}

/** Notes the places that are registered now, each by the identity that lies in it. One that was ended and is there again is refused. */
export async function notePlaces(deps: VaultDeps): Promise<void> {
  const ids = (await deps.keystore.identities()).flatMap((one) => one.id ?? []);
  const known = new Map((await placeRows(deps.db)).map((row) => [row.id, row]));
  if (ids.some((id) => known.get(id)?.fate)) throw new CodedError('key_unavailable', { detail: 'a place of the keystore is there that was said to be gone' });
  if (ids.every((id) => known.has(id))) return;
  await deps.db.tx(async (tx) => {
    const fresh = await insertPlaces(tx, ids, deps.now());
    if (fresh.length === 0) return;
    await deps.audit.append(tx, {
      actor: systemActor(),
      act: 'key.place',
      subject: { kind: 'archive', id: deps.keystore.archiveId },
      decision: 'allow',
      facts: { places: fresh },
    });
  });
}

/** Places that ever held keys, were not ended, and cannot be reached now: as long as there is one, no key is called destroyed. */
export async function missingPlaces(deps: VaultDeps): Promise<string[]> {
  await notePlaces(deps);
  const there = (await deps.keystore.identities()).map((one) => one.id);
  const known = (await withoutEnd(deps)).map((row) => row.id);
  // two places of one identity: a copy of a copy, of which nobody knows where the other is
  const twice = there.filter((id, i) => id !== null && there.indexOf(id) !== i);
  return [...known.filter((id) => !there.includes(id)), ...twice.flatMap((id) => id ?? [])];
}

/** Places that are not ended. What the database alone says of one, without two persons who confirmed it, ends nothing. */
async function withoutEnd(deps: VaultDeps): Promise<PlaceRow[]> {
  const rows = await placeRows(deps.db);
  if (rows.every((row) => row.ended_at === null || row.ended_by_one)) return rows.filter((row) => row.ended_at === null);
  const confirmed = new Map((await executedEnds(deps.db)).filter((one) => isConfirmed(deps.keystore, one)).map((one) => [one.place, one.fate]));
  return rows.filter((row) => row.ended_at === null || (!row.ended_by_one && confirmed.get(row.id) !== row.fate));
}

export async function listPlaces(deps: KeeperDeps, actor: Actor): Promise<KeyPlace[]> {
  const { policy } = await deps.authorize(actor, 'key.status');
  await notePlaces(deps);
  const there = new Map((await deps.keystore.identities()).map((one) => [one.id, one.place]));
  const rows = await placeRows(deps.db);
  await deps.db.tx((tx) =>
    deps.audit.append(tx, { actor, act: 'key.status', subject: { kind: 'key', id: 'all' }, decision: 'allow', policy, facts: { places: rows.length } }),
  );
  return rows.map((row) => ({ id: row.id, place: there.get(row.id) ?? null, firstSeen: row.first_seen.toISOString(), ended: row.fate }));
}
