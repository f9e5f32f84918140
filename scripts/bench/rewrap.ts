import { randomBytes } from 'node:crypto';
import { type DestructionCause, destroyKeks, forgetKeys, nameForDestruction, rewrapSurvivors, snapshotKeys } from '../../src/vault/index.js';
import { ContentKeys } from '../../src/vault/keys/content-keys.js';
import { insertObjects } from '../../src/vault/store.js';
import { testEntry } from '../../test/support/audit.js';
import { type TestVault, withoutRegisters } from '../../test/support/vault.js';
import { newId } from '../../src/db/index.js';
import type { Staged } from '../../src/vault/index.js';
import { withVault } from './vault.js';
import type { Figure } from './bench.js';

const SURVIVORS = 90_000;
const DESTROYED = 10_000;
const BATCH = 5_000;

/** Rows of objects with real wraps; nothing stands in the store, since no object is touched by a rewrapping. */
export async function fill(v: TestVault, count: number): Promise<string[]> {
  const keys = new ContentKeys(v.deps);
  const records: string[] = [];
  for (let at = 0; at < count; at += BATCH) {
    const batch: Staged[] = [];
    for (let i = 0; i < BATCH; i++) {
      const [recordId, versionId, objectId] = [newId(), newId(), newId()];
      const { kek, wrapped } = await keys.wrapNew({ recordId, objectId }, keys.newKey());
      records.push(recordId);
      batch.push({
        objectId,
        ref: { key: `v1/bench/${objectId}`, version: '1' },
        recordId,
        versionId,
        fonds: 'Z001',
        suite: 'cobblestone-256',
        plainSize: 100,
        sealedSize: 172,
        digest: randomBytes(32),
        bucket: kek.bucket,
        generation: kek.generation,
        wrappedKey: wrapped,
        replayMac: randomBytes(32),
      });
    }
    await v.database.app.tx(async (tx) => {
      await insertObjects(tx, batch, (one) => keys.lock(one, one));
      await v.audit.append(tx, testEntry({ act: 'record.capture' }));
    });
  }
  return records;
}

/** Destroying 10,000 keys among 90,000 that survive: what rewrapping the survivors takes, and all steps of the keys together. */
export async function benchRewrap(): Promise<Figure[]> {
  return withVault(async (v) => {
    await withoutRegisters(v.database);
    const records = await fill(v, SURVIVORS + DESTROYED);
    const doomed = records.filter((_, i) => i % 10 === 0);
    const cause: DestructionCause = { actor: v.actor, policy: 'bench@sha256:0', destruction: newId() };
    const times: Record<string, number> = {};
    const timed = async (name: string, work: () => Promise<unknown>): Promise<void> => {
      const from = performance.now();
      await work();
      times[name] = (performance.now() - from) / 1000;
    };
    await timed('named', () => v.database.app.tx((tx) => nameForDestruction(v.deps, tx, cause, doomed)));
    await timed('forgotten', () => forgetKeys(v.deps, cause));
    await timed('rewrapped', () => rewrapSurvivors(v.deps, cause));
    await timed('snapshotted', () => snapshotKeys(v.deps, cause));
    await timed('destroyed', () => destroyKeks(v.deps, cause));
    const rate = SURVIVORS / (times['rewrapped'] ?? Infinity);
    const detail = Object.entries(times)
      .map(([name, seconds]) => `${name} ${seconds.toFixed(2)} s`)
      .join(', ');
    return [{ what: 'rewrap', value: rate, unit: 'keys/s', reach: '≥ 10,000', reached: rate >= 10_000, detail }];
  });
}
