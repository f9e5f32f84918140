import { destroyKeks, findKeyDestruction, forgetKeys, rewrapSurvivors, snapshotKeys } from '../../../vault/index.js';
import { closedKeys } from '../copies-store.js';
import { markShredded } from '../store.js';
import type { StepContext, StepWork } from './types.js';

/** Of `vault` are the steps over keys; here they are put in their place among the others. */
const vaultOf = ({ deps }: StepContext): StepContext['deps'] => deps;

export const wraps: StepWork = async (context) => {
  await forgetKeys(vaultOf(context), context.cause);
  const closed = await closedKeys(context.deps.db, context.run.register_id);
  return { done: true, facts: { buckets: closed.length } };
};

export const survivors: StepWork = async (context) => {
  await rewrapSurvivors(vaultOf(context), context.cause);
  const destruction = await findKeyDestruction(context.deps.db, context.run.register_id);
  return { done: true, facts: { rewrapped: destruction?.rewrapped ?? 0 } };
};

export const snapshot: StepWork = async (context) => {
  await snapshotKeys(vaultOf(context), context.cause);
  return { done: true, facts: { buckets: (await closedKeys(context.deps.db, context.run.register_id)).length, places: 2 } };
};

export const keys: StepWork = async (context) => {
  const { deps, run, cause } = context;
  const left = await destroyKeks(vaultOf(context), cause);
  if (left.length > 0) return { done: false, waits: 'keystore_out_of_reach', facts: { keys: left.length } };
  await deps.db.tx(async (tx) => {
    const items = await markShredded(tx, run.register_id);
    await deps.audit.append(tx, {
      actor: cause.actor,
      act: 'destruction.shredded',
      subject: { kind: 'destruction', id: run.register_id },
      decision: 'allow',
      policy: cause.policy,
      facts: { items },
    });
  });
  return { done: true, facts: { places: deps.keystore.places, buckets: (await closedKeys(deps.db, run.register_id)).length } };
};
