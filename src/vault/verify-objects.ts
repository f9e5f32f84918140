import { createHash } from 'node:crypto';
import type { Actor } from '../audit/index.js';
import { newId } from '../db/index.js';
import { CodedError } from '../errors/index.js';
import type { ObjectStore } from '../storage/index.js';
import { noteDamage } from './damage.js';
import { damageOf } from './open.js';
import { drawObjects, findObjects, type KeyedObject, nextObjects } from './store.js';
import type { Damage, DamageKind, KeeperDeps, ObjectFacts } from './types.js';

const BATCH = 500;
const FIRST = '00000000-0000-0000-0000-000000000000';

export interface VerifyInput {
  /** These only; */
  objectIds?: readonly string[];
  /** or so many drawn at random; neither = all. */
  sample?: number;
  progress?: (checked: number) => void;
}

export interface VerifyReport {
  checked: number;
  bytes: number;
  damaged: Damage[];
}

/** Compares the sealed bytes of one object with their digest; needs no key. `undefined` = sound. */
export async function verifyObject(store: ObjectStore, object: Pick<ObjectFacts, 'ref' | 'sealedSize' | 'digest'>): Promise<DamageKind | undefined> {
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const piece of (await store.get(object.ref)) as AsyncIterable<Buffer>) {
      hash.update(piece);
      size += piece.length;
    }
  } catch (error) {
    const kind = damageOf(error);
    if (kind) return kind;
    throw error;
  }
  return size === object.sealedSize && hash.digest().equals(object.digest) ? undefined : 'changed';
}

async function* chosen(deps: KeeperDeps, input: VerifyInput): AsyncGenerator<KeyedObject[]> {
  if (input.objectIds) {
    yield await findObjects(deps.db, input.objectIds);
    return;
  }
  if (input.sample !== undefined) {
    yield await drawObjects(deps.db, input.sample);
    return;
  }
  for (let after = FIRST; ;) {
    const batch = await nextObjects(deps.db, after, BATCH);
    yield batch;
    if (batch.length < BATCH) return;
    after = batch.at(-1)?.objectId ?? after;
  }
}

/** Checks the fixity of all objects, some, or a sample. Every damage is put on record where it is found. */
export async function verifyObjects(deps: KeeperDeps, actor: Actor, input: VerifyInput = {}): Promise<VerifyReport> {
  const { policy } = await deps.authorize(actor, 'storage.check');
  if (input.sample !== undefined && !(Number.isSafeInteger(input.sample) && input.sample > 0)) throw new CodedError('invalid_request');
  const run = newId();
  const entry = (facts: Record<string, string | number>): Promise<unknown> =>
    deps.db.tx((tx) =>
      deps.audit.append(tx, {
        actor,
        act: 'storage.verify',
        subject: { kind: 'archive', id: deps.keystore.archiveId },
        decision: 'allow',
        policy,
        facts: { run, ...facts },
      }),
    );
  await entry({ step: 'begin' }); // what is read from here on is read by this
  const report: VerifyReport = { checked: 0, bytes: 0, damaged: [] };
  for await (const batch of chosen(deps, input)) {
    for (const object of batch) {
      if (object.objectId > run) continue; // came after it began, and is left to the next one
      const kind = await verifyObject(deps.store, object);
      report.checked++;
      report.bytes += object.sealedSize;
      if (!kind) continue;
      report.damaged.push({ objectId: object.objectId, recordId: object.recordId, kind });
      await noteDamage(deps, object, kind);
    }
    input.progress?.(report.checked);
  }
  await entry({ step: 'end', checked: report.checked, damaged: report.damaged.length, bytes: report.bytes });
  return report;
}
