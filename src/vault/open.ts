import type { KeyObject } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type Actor, consumeReceipt, type Receipt, type ReceiptScope } from '../audit/index.js';
import { objectContext, openRange, readSealed, type SealedReads } from '../crypto/index.js';
import { CodedError, isCoded } from '../errors/index.js';
import type { ByteRange } from '../storage/index.js';
import { noteDamage } from './damage.js';
import type { ContentKeys } from './keys/content-keys.js';
import { findObject, type KeyedObject } from './store.js';
import type { DamageKind, Opened, VaultDeps } from './types.js';

/** Unwraps a key; looks the wrap up once more where a rotation replaced it between the query and now. */
export async function keyOf(deps: VaultDeps, keys: ContentKeys, object: KeyedObject): Promise<KeyObject> {
  try {
    return await keys.unwrap(object, object.wrappedKey, object);
  } catch (error) {
    if (!isCoded(error, 'key_unavailable')) throw error;
    const now = await findObject(deps.db, object.objectId);
    if (!now || now.generation === object.generation) throw error;
    return keys.unwrap(now, now.wrappedKey, now);
  }
}

/** What an error of reading says of the object; `undefined` where it says nothing. */
export function damageOf(error: unknown): DamageKind | undefined {
  if (isCoded(error, 'content_damaged')) return 'changed';
  return isCoded(error, 'not_found') ? 'missing' : undefined;
}

interface Ahead {
  object: KeyedObject;
  start: number;
  end: number;
  reads: SealedReads;
}

/** Looks an object up and asks the store for its sealed bytes. No key is touched. */
async function lookAhead(deps: VaultDeps, objectId: string, range: ByteRange | null): Promise<Ahead> {
  const object = await findObject(deps.db, objectId);
  if (!object) throw new CodedError('not_found', { detail: 'object' });
  const { start, end } = range ?? { start: 0, end: object.plainSize };
  if (start < 0 || start > end || end > object.plainSize) throw new CodedError('range_not_satisfiable');
  const read = (from: number, to: number): Promise<Readable> => deps.store.get(object.ref, { start: from, end: to });
  return { object, start, end, reads: readSealed({ sealedSize: object.sealedSize, range: { start, end }, read }) };
}

/** Spends the receipt; what is no receipt yet is waited for while the sealed bytes come, and nothing of them stays when none comes. */
async function admitted(deps: VaultDeps, scope: ReceiptScope, receipt: Receipt | Promise<Receipt>): Promise<Ahead> {
  if (!(receipt instanceof Promise)) {
    consumeReceipt(receipt, scope);
    return lookAhead(deps, scope.objectId, scope.range);
  }
  const ahead = lookAhead(deps, scope.objectId, scope.range);
  ahead.catch(() => undefined); // told below, after the receipt
  try {
    consumeReceipt(await receipt, scope);
  } catch (error) {
    void ahead.then(
      ({ reads }) => reads.drop(),
      () => undefined,
    );
    throw error;
  }
  return ahead;
}

/**
 * Opens an object, or a range of it, against a receipt: no key is unwrapped before the access stands in the signed log. While
 * the receipt is still on its way, the object is looked up and its sealed bytes are asked for; that is all that does not wait.
 * Damage is `content_damaged`: thrown where it is found before the first byte, else the stream's error.
 */
export async function openObject(
  deps: VaultDeps,
  keys: ContentKeys,
  actor: Actor,
  receipt: Receipt | Promise<Receipt>,
  objectId: string,
  range: ByteRange | null,
): Promise<Opened> {
  const { object, start, end, reads } = await admitted(deps, { actorPseudonym: actor.pseudonym, objectId, range }, receipt);
  /** An error reaches the reader only after the damage is on record. */
  const damaged = async (error: unknown): Promise<unknown> => {
    const kind = damageOf(error);
    if (!kind) return error;
    await noteDamage(deps, object, kind);
    return isCoded(error, 'content_damaged') ? error : new CodedError('content_damaged', { detail: 'missing in the store' });
  };
  const key = await keyOf(deps, keys, object).catch((error: unknown) => {
    reads.drop();
    throw error;
  });
  try {
    const body = await openRange(
      {
        key,
        context: objectContext({ archive: deps.keystore.archiveId, record: object.recordId, version: object.versionId, object: objectId }),
        sealedSize: object.sealedSize,
        range: { start, end },
        read: (from, to) => deps.store.get(object.ref, { start: from, end: to }),
        failed: damaged,
      },
      reads,
    );
    return { size: object.plainSize, start, end, body };
  } catch (error) {
    throw await damaged(error);
  }
}
