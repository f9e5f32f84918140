import type { Actor } from '../../audit/index.js';
import { newId, type Tx } from '../../db/index.js';
import { holdGenerations } from '../store.js';
import type { KeeperDeps } from '../types.js';
import { ContentKeys } from './content-keys.js';
import { keepSnapshot } from './keep-snapshot.js';
import {
  bucketGenerations,
  bucketsOfRotation,
  finishRotation,
  insertRotation,
  nextBucket,
  oldGenerations,
  raiseGeneration,
  type Rotation,
  takeOldWraps,
  unfinishedRotation,
  updateWraps,
} from './store.js';

const BATCH = 4000;

export interface RotateReport {
  rotation: string;
  /** Whether an interrupted rotation was taken up. */
  resumed: boolean;
  buckets: number;
  rewrapped: number;
  retired: number;
}

/**
 * Gives every bucket a new key and rewraps every content key under it, in batches; no object is touched (R21).
 * A rotation that was interrupted is taken up where it stood. A KEK is retired when no wrap names it any more.
 */
export async function rotateKeys(deps: KeeperDeps, actor: Actor, progress?: (rewrapped: number) => void): Promise<RotateReport> {
  const { policy } = await deps.authorize(actor, 'key.rotate');
  const keys = new ContentKeys(deps);
  const { rotation, resumed } = await begin(deps, actor, policy);
  const report: RotateReport = { rotation: rotation.id, resumed, buckets: 0, rewrapped: 0, retired: 0 };
  const context = { deps, actor, policy, keys, rotation };
  for (let bucket = await nextBucket(deps.db, rotation); bucket; bucket = await nextBucket(deps.db, rotation)) {
    if (await raise(context, bucket.id, bucket.generation)) report.buckets++;
  }
  for (const old of await oldGenerations(deps.db)) {
    for (let done = await rewrap(context, old.bucket); done > 0; done = await rewrap(context, old.bucket)) {
      report.rewrapped += done;
      progress?.(report.rewrapped);
    }
  }
  // a database restored from before the rotation names keys that are retired: it needs the new table
  for (const { id } of await bucketsOfRotation(deps.db, rotation.id)) await keepSnapshot(deps, id, { actor, policy });
  report.retired = await retire(context);
  await deps.db.tx(async (tx) => {
    await finishRotation(tx, rotation.id, deps.now());
    const facts = { rotation: rotation.id, buckets: report.buckets, rewrapped: report.rewrapped, retired: report.retired };
    await deps.audit.append(tx, { actor, act: 'key.rotated', subject: { kind: 'key', id: rotation.id }, decision: 'allow', policy, facts });
  });
  return report;
}

interface Context {
  deps: KeeperDeps;
  actor: Actor;
  policy: string;
  keys: ContentKeys;
  rotation: Rotation;
}

async function begin(deps: KeeperDeps, actor: Actor, policy: string): Promise<{ rotation: Rotation; resumed: boolean }> {
  const open = await unfinishedRotation(deps.db);
  if (open) return { rotation: open, resumed: true };
  const id = newId();
  await deps.db.tx(async (tx) => {
    await insertRotation(tx, id);
    await deps.audit.append(tx, { actor, act: 'key.rotate', subject: { kind: 'key', id }, decision: 'allow', policy });
  });
  const rotation = await unfinishedRotation(deps.db);
  if (!rotation) throw new Error('the rotation was finished by another process');
  return { rotation, resumed: false };
}

/** The new KEK is durable in every copy of the keystore before the bucket names it. */
async function raise({ deps, actor, policy, rotation }: Context, bucket: string, from: number): Promise<boolean> {
  await deps.keystore.ensureKek({ bucket, generation: from + 1 });
  return deps.db.tx(async (tx) => {
    if (!(await raiseGeneration(tx, bucket, from, rotation.id))) return false;
    const facts = { rotation: rotation.id, generation: from + 1 };
    await deps.audit.append(tx, { actor, act: 'key.new_generation', subject: { kind: 'key', id: bucket }, decision: 'allow', policy, facts });
    return true;
  });
}

async function rewrap({ deps, actor, policy, keys, rotation }: Context, bucket: string): Promise<number> {
  return deps.db.tx(async (tx) => {
    const generation = await currentGeneration(tx, bucket);
    const rows = await takeOldWraps(tx, bucket, generation, BATCH);
    if (rows.length === 0) return 0;
    const count = await updateWraps(tx, generation, await keys.rewrap(bucket, rows, generation));
    const facts = { rotation: rotation.id, generation, count };
    await deps.audit.append(tx, { actor, act: 'key.rewrap', subject: { kind: 'key', id: bucket }, decision: 'allow', policy, facts });
    return count;
  });
}

async function currentGeneration(tx: Tx, bucket: string): Promise<number> {
  const generation = (await holdGenerations(tx, [bucket])).get(bucket);
  if (generation === undefined) throw new Error('bucket unknown');
  return generation;
}

/** Retires every active KEK that is older than its bucket's generation and that no wrap names any more. */
async function retire({ deps, actor, policy, rotation }: Context): Promise<number> {
  const current = new Map((await bucketGenerations(deps.db)).map((one) => [one.id, one.generation]));
  const named = new Set((await oldGenerations(deps.db)).map((one) => `${one.bucket} ${one.generation}`));
  let retired = 0;
  for (const kek of await deps.keystore.keks()) {
    const generation = current.get(kek.bucket);
    if (kek.state !== 'active' || generation === undefined || kek.generation >= generation || named.has(`${kek.bucket} ${kek.generation}`)) continue;
    await deps.db.tx((tx) =>
      deps.audit.append(tx, {
        actor,
        act: 'key.retire',
        subject: { kind: 'key', id: kek.bucket },
        decision: 'allow',
        policy,
        facts: { rotation: rotation.id, generation: kek.generation },
      }),
    );
    await deps.keystore.retireKek(kek);
    retired++;
  }
  return retired;
}
