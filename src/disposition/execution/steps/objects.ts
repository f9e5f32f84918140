import { copySums } from '../copies-store.js';
import { removeCopies } from '../remove.js';
import type { StepWork } from './types.js';

export const objects: StepWork = async ({ deps, run, cause }) => {
  await removeCopies(deps, cause.actor, cause.policy, run.register_id);
  const sums = await copySums(deps.db, run.register_id);
  if (sums.gone + sums.locked < sums.all) return { done: false, waits: 'copies_left', facts: { left: sums.all - sums.gone - sums.locked } };
  return { done: true, facts: { objects: sums.all, gone: sums.gone, locked: sums.locked, until: sums.until?.toISOString() ?? null } };
};
