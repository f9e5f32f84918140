import { createHash, type KeyObject } from 'node:crypto';
import { pipeline, type Readable } from 'node:stream';
import { objectContext, seal, sealBuffer, sealedSize, SUITE } from '../crypto/index.js';
import { newId } from '../db/index.js';
import { CodedError } from '../errors/index.js';
import { objectKey, type ObjectRef } from '../storage/index.js';
import type { ContentKeys } from './keys/content-keys.js';
import { replayMac } from './replay-mac.js';
import type { Staged, StageInput, VaultDeps } from './types.js';

type Sealed = Pick<Staged, 'ref' | 'plainSize' | 'sealedSize' | 'digest' | 'replayMac'>;

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

async function sealWhole(deps: VaultDeps, plain: Buffer, how: Sealing): Promise<Sealed> {
  if (how.size !== null && how.size !== plain.length) throw new CodedError('invalid_request', { detail: 'the content has another length than told' });
  const sealed = sealBuffer({ key: how.key, context: how.context, salt: deps.random(24) }, plain);
  const ref = await deps.store.put(how.storeKey, sealed, sealed.length);
  return {
    ref: refOf(ref),
    plainSize: plain.length,
    sealedSize: sealed.length,
    digest: createHash('sha256').update(sealed).digest(),
    replayMac: how.replay ? macOf(how.key, plain) : null,
  };
}

async function sealStream(deps: VaultDeps, body: Readable, how: Sealing): Promise<Sealed> {
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

/** Seals a body under a new content key and stores it. Nothing in the catalogue names it yet: forgotten, it is an orphan for the sweep. */
export async function stage(deps: VaultDeps, keys: ContentKeys, input: StageInput): Promise<{ staged: Staged; key: KeyObject }> {
  const { recordId, versionId, fonds, body } = input;
  const archive = deps.keystore.archiveId;
  const objectId = newId();
  const key = keys.newKey();
  try {
    const { kek, wrapped } = await keys.wrapNew({ recordId, objectId }, key);
    const how: Sealing = {
      key,
      context: objectContext({ archive, record: recordId, version: versionId, object: objectId }),
      storeKey: objectKey({ archive, fonds, record: recordId, version: versionId, object: objectId }),
      size: input.size,
      replay: input.replay ?? true,
    };
    const sealed = Buffer.isBuffer(body) ? await sealWhole(deps, body, how) : await sealStream(deps, body, how);
    return { staged: Object.freeze({ objectId, recordId, versionId, fonds, suite: SUITE, ...kek, wrappedKey: wrapped, ...sealed }), key };
  } catch (error) {
    if (!Buffer.isBuffer(body)) body.destroy();
    throw error;
  }
}
