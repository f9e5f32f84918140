import { systemActor, type Actor } from '../audit/index.js';
import {
  createAppraisal,
  createRegister,
  freezeRegister,
  listAppraisalItems,
  proposeFor,
  signAppraisal,
  submitRegister,
  submitToGroup,
  sweepDue,
  type DispositionDeps,
  type DueDeps,
} from '../disposition/index.js';
import { isCoded } from '../errors/index.js';
import type { Cast } from './applications.js';
import { dispositionWords as words } from './words.js';

interface Stage {
  due: DueDeps;
  disposition: DispositionDeps;
  cast: Cast;
}

/**
 * What is due, appraised in part and through the use-cases: one department's decided, with a register that waits for its
 * approval; another's submitted and signed by one member; a third's begun at the desk. A small demo may have less that is due.
 * @returns how many appraisals were begun
 */
export async function tellDispositions({ due, disposition, cast }: Stage): Promise<number> {
  await sweepDue(due, systemActor());
  const clerk = await cast('clerk');
  const decided = await begin(disposition, clerk, 'hotline');
  if (decided !== undefined) {
    await proposeMost(disposition, clerk, decided);
    const { digest } = await submitToGroup(disposition, clerk, decided);
    for (const who of [clerk, await cast('head hotline')]) await signAppraisal(disposition, who, { appraisalId: decided, digest, agree: true });
    const register = await createRegister(disposition, clerk, { appraisals: [decided], place: words.place });
    await freezeRegister(disposition, clerk, register.id);
    await submitRegister(disposition, clerk, register.id);
  }
  const signing = await begin(disposition, clerk, 'online');
  if (signing !== undefined) {
    await proposeMost(disposition, clerk, signing);
    const { digest } = await submitToGroup(disposition, clerk, signing);
    await signAppraisal(disposition, clerk, { appraisalId: signing, digest, agree: true });
  }
  const draft = await begin(disposition, clerk, 'keyaccounts');
  if (draft !== undefined) {
    const { items } = await listAppraisalItems(disposition, clerk, draft);
    await proposeFor(disposition, clerk, {
      appraisalId: draft,
      which: { records: items.slice(0, Math.ceil(items.length / 2)).map((one) => one.record) },
      proposal: 'destroy',
      reason: words.destroy,
    });
  }
  return [decided, signing, draft].filter((one) => one !== undefined).length;
}

/** Begins with what is due of a department; nothing, where nothing is. */
async function begin(deps: DispositionDeps, clerk: Actor, department: string): Promise<string | undefined> {
  try {
    return (await createAppraisal(deps, clerk, { department })).id;
  } catch (error) {
    if (isCoded(error, 'invalid_field')) return undefined;
    throw error;
  }
}

/** Everything to be destroyed, but the last of several, which goes to the holding archive. */
async function proposeMost(deps: DispositionDeps, clerk: Actor, appraisalId: string): Promise<void> {
  await proposeFor(deps, clerk, { appraisalId, which: {}, proposal: 'destroy', reason: words.destroy });
  const { items } = await listAppraisalItems(deps, clerk, appraisalId);
  const last = items.length > 1 ? items.at(-1) : undefined;
  if (last !== undefined) await proposeFor(deps, clerk, { appraisalId, which: { records: [last.record] }, proposal: 'transfer', reason: words.transfer });
}
