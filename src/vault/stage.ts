import { createHash, type KeyObject } from 'node:crypto';
import { pipeline, type Readable } from 'node:stream';
import { objectContext, seal, sealBuffer, sealedSize, SUITE } from '../crypto/index.js';
import { newId } from '../db/index.js';
import { CodedError } from '../errors/index.js';
import { objectKey, type ObjectRef } from '../storage/index.js';
import type { ContentKeys } from './keys/content-keys.js';
import { replayMac } from './replay-mac.js';
import type { Sealed, SealedFacts, Staged, StageInput, VaultDeps } from './types.js';

type Kept = Pick<Staged, 'ref' | 'plainSize' | 'sealedSize' | 'digest' | 'replayMac'>;

interface Sealing {
  key: KeyObject;
  context: Buffer;
  storeKey: string;
  size: number | null;
  replay: boolean;
}

function macOf(key: KeyObject, plain: Buffer): Buffer {
  const mac = replayMac(key);
  mac.update(plain);
  return mac.digest();
}

function sealWhole(deps: VaultDeps, plain: Buffer, how: Sealing): Omit<Kept, 'ref'> & { bytes: Buffer } {
  if (how.size !== null && how.size !== plain.length) throw new CodedError('invalid_request', { detail: 'the content has another length than told' });
  const bytes = sealBuffer({ key: how.key, context: how.context, salt: deps.random(24) }, plain);
  return {
    bytes,
    plainSize: plain.length,
    sealedSize: bytes.length,
    digest: createHash('sha256').update(bytes).digest(),
    replayMac: how.replay ? macOf(how.key, plain) : null,
  };
}

async function storeWhole(deps: VaultDeps, plain: Buffer, how: Sealing): Promise<Kept> {
  const { bytes, ...facts } = sealWhole(deps, plain, how);
  return { ref: refOf(await deps.store.put(how.storeKey, bytes, bytes.length)), ...facts };
}

async function sealStream(deps: VaultDeps, body: Readable, how: Sealing): Promise<Kept> {
  const mac = how.replay ? replayMac(how.key) : undefined;
  const sealing = seal({ key: how.key, context: how.context, salt: deps.random(24), ...(mac ? { tap: mac } : {}) });
  pipeline(body, sealing, () => undefined); // its errors reach the store through `sealing`
  const ref = await deps.store.put(how.storeKey, sealing, how.size === null ? null : sealedSize(how.size));
  const { result } = sealing;
  return { ref: refOf(ref), ...result, replayMac: mac ? mac.digest() : null };
}

function refOf(made: ObjectRef): ObjectRef {
  return { key: made.key, version: made.version };
}

type Beginning = Pick<Staged, 'objectId' | 'recordId' | 'versionId' | 'fonds' | 'suite' | 'bucket' | 'generation' | 'wrappedKey'>;

/** A new object: its id, its place, and its key, wrapped. */
async function begin(deps: VaultDeps, keys: ContentKeys, input: StageInput): Promise<{ facts: Beginning; how: Sealing }> {
  const { recordId, versionId, fonds } = input;
  const archive = deps.keystore.archiveId;
  const objectId = newId();
  const key = keys.newKey();
  const { kek, wrapped } = await keys.wrapNew({ recordId, objectId }, key);
  return {
    facts: { objectId, recordId, versionId, fonds, suite: SUITE, ...kek, wrappedKey: wrapped },
    how: {
      key,
      context: objectContext({ archive, record: recordId, version: versionId, object: objectId }),
      storeKey: objectKey({ archive, fonds, record: recordId, version: versionId, object: objectId }),
      size: input.size,
      replay: input.replay ?? true,
    },
  };
}

/** Seals a body in memory, under a new content key. It is not stored yet. */
export async function sealBody(deps: VaultDeps, keys: ContentKeys, input: StageInput & { body: Buffer }): Promise<{ sealed: Sealed; key: KeyObject }> {
  const { facts, how } = await begin(deps, keys, input);
  return { sealed: Object.freeze({ ...facts, ...sealWhole(deps, input.body, how) }), key: how.key };
}

/** Key of the store under which an object stands. */
export function placeOf(deps: VaultDeps, { fonds, recordId, versionId, objectId }: SealedFacts): string {
  return objectKey({ archive: deps.keystore.archiveId, fonds, record: recordId, version: versionId, object: objectId });
}

/** Stores a sealed body, locked until a date from its first moment. */
export async function putLocked(deps: VaultDeps, sealed: Sealed, until: Date): Promise<Staged> {
  const { bytes, ...facts } = sealed;
  const made = await deps.store.put(placeOf(deps, sealed), bytes, bytes.length, until);
  if (made.lockedUntil === undefined) throw new CodedError('store_unavailable', { detail: 'the store does not tell lock dates' });
  return Object.freeze({ ...facts, ref: refOf(made), lockedUntil: made.lockedUntil });
}

/** Seals a body under a new content key and stores it. Nothing in the catalogue names it yet: forgotten, it is an orphan for the sweep. */
export async function stage(deps: VaultDeps, keys: ContentKeys, input: StageInput): Promise<{ staged: Staged; key: KeyObject }> {
  const { body } = input;
  try {
    const { facts, how } = await begin(deps, keys, input);
    const kept = Buffer.isBuffer(body) ? await storeWhole(deps, body, how) : await sealStream(deps, body, how);
    return { staged: Object.freeze({ ...facts, ...kept }), key: how.key };
  } catch (error) {
    if (!Buffer.isBuffer(body)) body.destroy();
    throw error;
  }
}
