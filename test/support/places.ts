import { newId } from '../../src/db/index.js';
import { testActor } from './audit.js';
import { decidePlaceEnd, type KeeperDeps, type PlaceFate, proposePlaceEnd } from '../../src/vault/index.js';

/** Two persons say that a place of the keystore is gone; it is still to be carried out. */
export async function confirmEnd(deps: KeeperDeps, place: string, fate: PlaceFate = 'destroyed'): Promise<string> {
  const id = await proposePlaceEnd(deps, testActor({ personId: newId() }), {
    place,
    fate,
    words: 'The room burnt down; the fire brigade’s report lies with the files.',
  });
  await decidePlaceEnd(deps, testActor({ personId: newId() }), id, true);
  return id;
}
