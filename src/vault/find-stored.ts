import type { KeyObject } from 'node:crypto';
import type { ObjectEntry } from '../storage/index.js';
import type { ContentKeys } from './keys/content-keys.js';
import { placeOf } from './stage.js';
import type { SealedFacts, Staged, VaultDeps } from './types.js';

/**
 * Looks in the store for an object that was sealed before a crash, locks it, and opens its wrap: what is found can be named as if it had
 * been staged a moment ago. `undefined` where it was never stored; a key that is out of reach is an error: what is stored is not given up.
 */
export async function findStored(deps: VaultDeps, keys: ContentKeys, facts: SealedFacts, until: Date): Promise<{ staged: Staged; key: KeyObject } | undefined> {
  const storeKey = placeOf(deps, facts);
  const entry = await stored(deps, storeKey, facts.sealedSize);
  if (!entry) return undefined;
  const key = await keys.unwrap(facts, facts.wrappedKey, facts);
  const ref = { key: storeKey, version: entry.version };
  await deps.store.settle(ref); // its put may not have come so far
  return { staged: Object.freeze({ ...facts, ref, lockedUntil: await deps.store.lockUntil(ref, until) }), key };
}

/** A key is used once: there is one version of it, which is whole, or none. */
async function stored(deps: VaultDeps, storeKey: string, sealedSize: number): Promise<ObjectEntry | undefined> {
  for await (const entry of deps.store.list(storeKey)) if (entry.key === storeKey && entry.size === sealedSize) return entry;
  return undefined;
}
