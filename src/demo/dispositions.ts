import { systemActor, type Actor } from '../audit/index.js';
import {
  answerRegister,
  appointFor,
  checkRegister,
  createAppraisal,
  createRegister,
  freezeRegister,
  listAppraisalItems,
  proposeFor,
  signAppraisal,
  submitRegister,
  submitToGroup,
  sweepDue,
  viewRegister,
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
  /** Who carries a destruction out, and two who look on, one of them from outside the archive. */
  offices: { executor: Actor; supervisors: readonly [Actor, Actor] };
}

/**
 * What is due, appraised in part and through the use-cases: one department's decided, with a register that waits for its
 * approval; another's with one that was approved and checked by both supervisors, and waits out its days before it may be carried out;
 * a third's rejected by its approver; one submitted and signed by one member; one begun at the desk. A small demo may have less that is due.
 * @returns how many appraisals were begun
 */
export async function tellDispositions({ due, disposition, cast, offices }: Stage): Promise<number> {
  await sweepDue(due, systemActor());
  const clerk = await cast('clerk');
  const manager = await cast('manager');
  /** A department's appraisal signed by its group, and the register that is made of it. */
  const registered = async (department: string): Promise<{ appraisal: string; register: string } | undefined> => {
    const appraisal = await begin(disposition, clerk, department);
    if (appraisal === undefined) return undefined;
    await proposeMost(disposition, clerk, appraisal);
    const { digest } = await submitToGroup(disposition, clerk, appraisal);
    for (const who of [clerk, await cast(`head ${department}`)]) await signAppraisal(disposition, who, { appraisalId: appraisal, digest, agree: true });
    const register = (await createRegister(disposition, clerk, { appraisals: [appraisal], place: words.place })).id;
    await freezeRegister(disposition, clerk, register);
    await submitRegister(disposition, clerk, register);
    return { appraisal, register };
  };
  const answer = async (registerId: string, agree: boolean): Promise<string> => {
    const digest = (await viewRegister(disposition, manager, registerId)).digest ?? '';
    await answerRegister(disposition, manager, { registerId, step: 0, digest, agree, reason: agree ? words.approve : words.reject });
    return digest;
  };
  const decided = (await registered('hotline'))?.appraisal;
  const checked = await registered('field');
  if (checked !== undefined) {
    const registerId = checked.register;
    const digest = await answer(registerId, true);
    for (const [office, who] of [['executor', offices.executor], ...offices.supervisors.map((one) => ['supervisor', one] as const)] as const)
      await appointFor(disposition, manager, { registerId, office, personId: who.personId ?? '' });
    for (const who of offices.supervisors) await checkRegister(disposition, who, { registerId, digest });
  }
  const rejected = await registered('quality');
  if (rejected !== undefined) await answer(rejected.register, false);
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
  return [decided, checked, rejected, signing, draft].filter((one) => one !== undefined).length;
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
