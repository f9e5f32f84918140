import type { Readable } from 'node:stream';
import type { Actor, Receipt } from '../audit/index.js';
import { randomSupply } from '../crypto/index.js';
import type { Tx } from '../db/index.js';
import type { ByteRange } from '../storage/index.js';
import { bind } from './bind.js';
import { ContentKeys } from './keys/content-keys.js';
import { notePlaces } from './keys/places/places.js';
import { findStored } from './find-stored.js';
import { lockObjects } from './lock.js';
import { openObject } from './open.js';
import { record, type SealedKeys, type StagedKeys, underCurrent } from './record.js';
import { replayEqualsStream, replaysEqual } from './replay.js';
import { putLocked, sealBody, stage } from './stage.js';
import { findObjects, type KeyedObject, markLocked, unlockedObjects } from './store.js';
import type { ObjectFacts, Opened, Sealed, SealedFacts, Staged, StageInput, Stored, VaultDeps } from './types.js';

export interface Vault {
  /** Makes sure that the store enforces locks and that database and keystore belong together. Before anything else. */
  prepare(): Promise<void>;
  /** Seals and stores a body; the catalogue does not name it yet. Before the transaction. */
  stage(input: StageInput): Promise<Staged>;
  /** Seals a body in memory only, so that it can be announced before it is stored. */
  seal(input: StageInput & { body: Buffer }): Promise<Sealed>;
  /**
   * What was sealed, with wraps under the generation in force, which stands until the end of the caller's transaction: that must put the
   * generations on record, so that none is retired or destroyed before the objects are named.
   */
  announce(tx: Tx, sealed: readonly Sealed[]): Promise<Sealed[]>;
  /** Stores what was sealed, locked until a date from its first moment; the catalogue must already have announced it. */
  putLocked(sealed: Sealed, until: Date): Promise<Staged>;
  /** After a crash: what was sealed and announced, if it was stored and can be opened; locked until a date now. */
  findStored(facts: SealedFacts, until: Date): Promise<Staged | undefined>;
  /** Names staged objects in the catalogue, in the caller's transaction, which must append an entry. */
  record(tx: Tx, staged: readonly Staged[]): Promise<void>;
  /** Extends the locks in the store and reads them back; the earliest date the store says. After the commit. */
  lock(objects: readonly Stored[], until: Date): Promise<Date>;
  /** Notes locks that were read back, in the caller's transaction, which must append an entry. */
  markLocked(tx: Tx, locked: readonly { objectId: string; until: Date }[]): Promise<void>;
  /** Objects recorded before `before` whose lock was never read back: what a crash left between commit and lock. */
  unlocked(before: Date, limit: number): Promise<ObjectFacts[]>;
  /** What the catalogue says of objects, in no particular order; unknown ids are left out. */
  facts(objectIds: readonly string[]): Promise<ObjectFacts[]>;
  /** Whether an object holds exactly this plaintext. Releases no key. */
  replayEquals(objectId: string, canonical: Buffer): Promise<boolean>;
  /** The same for a stream, which is read to its end. */
  replayEqualsStream(objectId: string, body: Readable): Promise<boolean>;
  /** The same for many. */
  replaysEqual(asked: readonly { objectId: string; canonical: Buffer }[]): Promise<boolean[]>;
  /** Opens an object against a receipt for exactly this actor, object and range; one that is still on its way is waited for. */
  open(actor: Actor, receipt: Receipt | Promise<Receipt>, objectId: string, range?: ByteRange | null): Promise<Opened>;
}

function factsOf(object: KeyedObject): ObjectFacts {
  const { objectId, ref, recordId, versionId, plainSize, sealedSize, digest, suite, state, lockedUntil, damagedAt } = object;
  return { objectId, ref, recordId, versionId, plainSize, sealedSize, digest, suite, state, lockedUntil, damagedAt };
}

export function createVault(given: VaultDeps): Vault {
  const deps = { ...given, random: randomSupply(given.random) };
  const keys = new ContentKeys(deps);
  const known: StagedKeys = new WeakMap();
  const sealing: SealedKeys = new WeakMap();
  return {
    async prepare() {
      await deps.store.prepare();
      await bind(deps);
      await notePlaces(deps);
    },
    async stage(input) {
      const { staged, key } = await stage(deps, keys, input);
      known.set(staged, key);
      return staged;
    },
    async seal(input) {
      const { sealed, key } = await sealBody(deps, keys, input);
      sealing.set(sealed, key);
      return sealed;
    },
    announce: (tx, sealed) => underCurrent(keys, sealing, tx, sealed),
    async putLocked(sealed, until) {
      const key = sealing.get(sealed);
      if (!key) throw new Error('not sealed by this vault');
      const staged = await putLocked(deps, sealed, until);
      known.set(staged, key);
      return staged;
    },
    async findStored(facts, until) {
      const found = await findStored(deps, keys, facts, until);
      if (found) known.set(found.staged, found.key);
      return found?.staged;
    },
    record: (tx, staged) => record(keys, known, tx, staged),
    lock: (objects, until) => lockObjects(deps.store, objects, until),
    async markLocked(tx, locked) {
      if (locked.length > 0) await markLocked(tx, locked);
    },
    unlocked: async (before, limit) => (await unlockedObjects(deps.db, before, limit)).map(factsOf),
    facts: async (objectIds) => (await findObjects(deps.db, objectIds)).map(factsOf),
    async replayEquals(objectId, canonical) {
      return (await replaysEqual(deps, keys, [{ objectId, canonical }]))[0] === true;
    },
    replayEqualsStream: (objectId, body) => replayEqualsStream(deps, keys, objectId, body),
    replaysEqual: (asked) => replaysEqual(deps, keys, asked),
    open: (actor, receipt, objectId, range = null) => openObject(deps, keys, actor, receipt, objectId, range),
  };
}
