import { createSecretKey, type KeyObject } from 'node:crypto';
import { systemActor, type Audit } from '../../audit/index.js';
import { type KekId, type Keystore, rewrapKey, unwrapKey, uuidBytes, wrapKey } from '../../crypto/index.js';
import { type Db, newId } from '../../db/index.js';
import { CodedError, isCoded } from '../../errors/index.js';
import { countRows, ROW_BYTES, rowAt } from './rows.js';
import { LOCK_BYTES, lockOf, lockSecret, PROOF_BYTES, proofOf } from './wrap-lock.js';
import { insertBucket, type Lease, lockBuckets, takePlaces } from '../store.js';

/** Places taken at once: one question to the database for so many objects. What a stopped process did not use stays unused. */
const AT_ONCE = 256;

/** Bytes of what `rewrap` answers for each row: `object 16 ‖ wrap 60 ‖ proof of the old wrap 32 ‖ lock of the new one 32`. */
export const REWRAPPED = 16 + 60 + PROOF_BYTES + LOCK_BYTES;

export interface WrapIds {
  recordId: string;
  objectId: string;
}

export interface ContentKeysDeps {
  db: Db;
  keystore: Keystore;
  audit: Pick<Audit, 'append'>;
  random: (n: number) => Buffer;
}

const WRAP = Buffer.from('lantai/wrap/v1\0', 'latin1');

/** What a wrap is bound to: it opens for this object, under this generation, and nowhere else. */
function bound(archive: Buffer, record: Buffer, object: Buffer, bucket: Buffer, number: number): Buffer {
  const generation = Buffer.alloc(4);
  generation.writeUInt32BE(number);
  return Buffer.concat([WRAP, archive, record, object, bucket, generation]);
}

function associated(archive: string, ids: WrapIds, kek: KekId): Buffer {
  return bound(uuidBytes(archive), uuidBytes(ids.recordId), uuidBytes(ids.objectId), uuidBytes(kek.bucket), kek.generation);
}

/** Makes, wraps and unwraps content keys. Nothing of it leaves the module. */
export class ContentKeys {
  #lease: (Lease & { left: number }) | undefined;
  #leasing: Promise<void> | undefined;
  #secret: KeyObject | undefined;

  constructor(private readonly deps: ContentKeysDeps) {}

  newKey(): KeyObject {
    return createSecretKey(this.deps.random(32));
  }

  async wrap(ids: WrapIds, key: KeyObject, kek: KekId): Promise<Buffer> {
    const { keystore, random } = this.deps;
    return wrapKey(await keystore.kek(kek), associated(keystore.archiveId, ids, kek), key, random);
  }

  async unwrap(ids: WrapIds, wrapped: Buffer | null, kek: KekId): Promise<KeyObject> {
    if (wrapped === null) throw new CodedError('not_found', { detail: 'the key was destroyed' });
    const { keystore } = this.deps;
    return unwrapKey(await keystore.kek(kek), associated(keystore.archiveId, ids, kek), wrapped);
  }

  /** What must be shown to put another wrap in the place of this one. */
  proof(ids: WrapIds, kek: KekId): Buffer {
    this.#secret ??= lockSecret(this.deps.keystore);
    return proofOf(this.#secret, associated(this.deps.keystore.archiveId, ids, kek));
  }

  /** The lock that stands beside a wrap. */
  lock(ids: WrapIds, kek: KekId): Buffer {
    return lockOf(this.proof(ids, kek));
  }

  /**
   * Wraps the keys of rows of a bucket anew, under another generation; no key leaves. Each new wrap was opened and holds the key
   * of the old one. What comes back is a row of `REWRAPPED` bytes for each, in their order.
   */
  async rewrap(bucket: string, table: Buffer, generation: number): Promise<Buffer> {
    const keks = await this.#keksOf(bucket, table, generation);
    const [archive, place] = [uuidBytes(this.deps.keystore.archiveId), uuidBytes(bucket)];
    const to = keks.get(generation) as KeyObject;
    const secret = (this.#secret ??= lockSecret(this.deps.keystore));
    const made: Buffer[] = [];
    for (let i = 0; i < table.length / ROW_BYTES; i++) {
      const row = rowAt(table, i);
      const from = { by: keks.get(row.generation) as KeyObject, ids: bound(archive, row.record, row.object, place, row.generation), wrapped: row.wrap };
      const under = { by: to, ids: bound(archive, row.record, row.object, place, generation) };
      made.push(row.object, rewrapKey(from, under, this.deps.random), proofOf(secret, from.ids), lockOf(proofOf(secret, under.ids)));
    }
    return Buffer.concat(made);
  }

  /** Opens every wrap of a table; throws at the first that does not open. No key leaves. */
  async openAll(bucket: string, table: Buffer): Promise<number> {
    const keks = await this.#keksOf(bucket, table);
    const [archive, place] = [uuidBytes(this.deps.keystore.archiveId), uuidBytes(bucket)];
    const count = countRows(table);
    for (let i = 0; i < count; i++) {
      const row = rowAt(table, i);
      unwrapKey(keks.get(row.generation) as KeyObject, bound(archive, row.record, row.object, place, row.generation), row.wrap);
    }
    return count;
  }

  /** The KEKs that rows name, and one more. */
  async #keksOf(bucket: string, table: Buffer, also?: number): Promise<Map<number, KeyObject>> {
    const generations = new Set(also === undefined ? [] : [also]);
    for (let i = 0; i < countRows(table); i++) generations.add(rowAt(table, i).generation);
    const keks = new Map<number, KeyObject>();
    for (const generation of generations) keks.set(generation, await this.deps.keystore.kek({ bucket, generation }));
    return keks;
  }

  /** Wraps a new key under an active KEK that has room, and says which. */
  async wrapNew(ids: WrapIds, key: KeyObject): Promise<{ kek: KekId; wrapped: Buffer }> {
    for (let attempt = 1; ; attempt++) {
      const kek = await this.#place();
      try {
        return { kek, wrapped: await this.wrap(ids, key, kek) };
      } catch (error) {
        // retired by a rotation since the places were taken: take others, under its successor
        if (!isCoded(error, 'key_unavailable') || attempt === 2) throw error;
        this.#lease = undefined;
      }
    }
  }

  async #place(): Promise<KekId> {
    for (;;) {
      const lease = this.#lease;
      if (lease && lease.left > 0) {
        lease.left--;
        return { bucket: lease.bucket, generation: lease.generation };
      }
      this.#leasing ??= this.#take().finally(() => (this.#leasing = undefined));
      await this.#leasing;
    }
  }

  async #take(): Promise<void> {
    const lease = (await takePlaces(this.deps.db, AT_ONCE)) ?? (await this.#makeBucket());
    this.#lease = { ...lease, left: AT_ONCE };
  }

  /** A new bucket. Its KEK is durable in every copy of the keystore before the bucket can be seen. */
  async #makeBucket(): Promise<Lease> {
    const { db, keystore, audit } = this.deps;
    return db.tx(async (tx) => {
      await lockBuckets(tx);
      const made = await takePlaces(tx, AT_ONCE); // another process may have made one meanwhile
      if (made) return made;
      const id = newId();
      await keystore.ensureKek({ bucket: id, generation: 1 });
      await insertBucket(tx, id, AT_ONCE);
      await audit.append(tx, { actor: systemActor(), act: 'key.open_bucket', subject: { kind: 'key', id }, decision: 'allow' });
      return { bucket: id, generation: 1 };
    });
  }
}
