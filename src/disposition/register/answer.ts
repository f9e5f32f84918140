import { assertRecent, assertSecondFactor } from '../../access/index.js';
import type { Actor, EntryInput } from '../../audit/index.js';
import { constraintOf, type Tx } from '../../db/index.js';
import { CodedError, invalidField } from '../../errors/index.js';
import type { DispositionDeps } from '../appraisal/deps.js';
import { onOne } from '../appraisal/refusal.js';
import { seal } from '../appraisal/seals.js';
import { registerDigest } from './digest.js';
import { answering, hold, move, type Held } from './flow.js';
import { changedInstead, recheck, voidRegister, type Changed } from './recheck.js';
import type { RegisterState } from './states.js';
import {
  answerApproval,
  approve,
  approveRecords,
  approvalsOf,
  dropApprovals,
  endRegister,
  insertApprovals,
  listedItems,
  nextRound,
  openApproval,
  rejectItems,
  type ApprovalRow,
} from './store.js';
import { REGISTER_LIMITS } from './values.js';

export interface RegisterAnswer {
  registerId: string;
  /** Position of the step: a page that was open for long must not answer the next one. */
  step: number;
  /** Digest of the list that was shown, in hex: what is signed. */
  digest: string;
  agree: boolean;
  /** Why; needed to refuse. */
  reason?: string | undefined;
}

const DAY = 86_400_000;

export function reasonOf(text: string | undefined, needed: boolean, field = 'reason'): string {
  const reason = text?.trim() ?? '';
  if (needed && reason === '') throw invalidField(field, 'requires_reason');
  if (reason.length > REGISTER_LIMITS.reason) throw invalidField(field, 'too_long', { max: REGISTER_LIMITS.reason });
  return reason;
}

/** The database keeps every person different, and one supervisor from outside; what it refuses for that reason is said as such. */
export async function differentPersons<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (constraintOf(error)?.startsWith('destruction_') === true && constraintOf(error)?.endsWith('different_persons') === true)
      throw new CodedError('same_person', { cause: error });
    if (constraintOf(error) === 'supervisor_from_outside') throw invalidField('supervisors', 'from_outside');
    throw error;
  }
}

type Answering = { who: ReturnType<typeof answering>['who']; step: ApprovalRow };

/** Runs the answer to a step by somebody whom it asks, under lock and over a list on which nothing changed. */
async function onStep<T extends object>(
  deps: DispositionDeps,
  actor: Actor,
  input: { registerId: string; step: number; digest: string },
  name: string,
  work: (tx: Tx, held: Held, by: Answering, policy: string) => Promise<T>,
): Promise<T> {
  const done = await onOne(deps, actor, { of: 'register', id: input.registerId, step: name }, () =>
    differentPersons(async () => {
      const { policy } = deps.access.authorize(actor, 'destruction.approve');
      assertSecondFactor(actor);
      assertRecent(deps, actor);
      return deps.db.tx(async (tx): Promise<T | Changed[]> => {
        const held = await hold(tx, input.registerId);
        const { who, step } = answering(deps, actor, held);
        if (held.row.state !== 'approving') throw new CodedError('wrong_state', { params: { state: held.row.state, step: name } });
        if (step === undefined) throw new CodedError('forbidden', { detail: 'not asked for this step' });
        if (step.position !== input.step) throw new CodedError('wrong_state', { params: { state: held.row.state, step: name } });
        if (held.flow.digest !== input.digest) throw new CodedError('changed');
        const changed = await recheck(tx, deps, held.row);
        if (changed.length > 0) {
          await voidRegister(tx, deps, actor, held, changed);
          return changed;
        }
        return work(tx, held, { who, step }, policy);
      });
    }),
  );
  return changedInstead(deps, actor, input.registerId, name, done);
}

/** Approves or rejects a register in the own turn: signs the digest of exactly this list, with second factor shown anew. */
export function answerRegister(deps: DispositionDeps, actor: Actor, input: RegisterAnswer): Promise<{ state: RegisterState }> {
  return onStep(deps, actor, input, 'answer', async (tx, held, { who, step }, policy) => {
    const reason = reasonOf(input.reason, !input.agree);
    const at = deps.now();
    const executeAfter = new Date(at.getTime() + deps.dispositionRules().pause_days * DAY);
    const flow = move(held.flow, { kind: 'answer', position: step.position, by: who.personId, digest: input.digest, agree: input.agree, executeAfter });
    const { id, number, round, digest } = held.row;
    if (digest === null) throw new CodedError('wrong_state');
    const entry = await deps.audit.append(tx, {
      actor,
      act: input.agree ? 'destruction.agree' : 'destruction.reject',
      subject: { kind: 'destruction', id },
      decision: 'allow',
      policy,
      facts: { number, round, step: step.step, digest: input.digest, count: held.row.item_count },
      ...(reason === '' ? {} : { side: { reason } }),
    });
    const sealed = reason === '' ? null : seal(deps, `register/${id}/approval/${round}/${step.position}`, reason);
    await answerApproval(
      tx,
      { id, round, position: step.position },
      { agree: input.agree, person: who.personId, account: who.accountId, digest, reason: sealed, at, entry: entry.id },
    );
    if (flow.state === 'rejected') {
      await dropApprovals(tx, id, round, false);
      await endRegister(tx, id, { state: 'rejected', by: who.personId, reason: seal(deps, `register/${id}/end`, reason), at });
    } else if (flow.state === 'approved') await approved(deps, tx, actor, held, { at, executeAfter, policy });
    else await openApproval(tx, id, round, step.position + 1, at);
    return { state: flow.state };
  });
}

/** Everybody agreed: the pause begins, and every record stands as approved. */
async function approved(deps: DispositionDeps, tx: Tx, actor: Actor, held: Held, one: { at: Date; executeAfter: Date; policy: string }): Promise<void> {
  const { id, number } = held.row;
  await approve(tx, id, one.at, one.executeAfter);
  const entry = await deps.audit.append(tx, {
    actor,
    act: 'destruction.approved',
    subject: { kind: 'destruction', id },
    decision: 'allow',
    policy: one.policy,
    facts: { number, digest: held.flow.digest ?? '', count: held.row.item_count, executeAfter: one.executeAfter.toISOString() },
  });
  const moved = await approveRecords(tx, id, { at: one.at, by: actor.pseudonym, entry: entry.id });
  if (moved.length !== held.row.item_count) throw new Error('a listed record is not what it was');
  await deps.audit.appendMany(
    tx,
    moved.map((record): EntryInput => ({
      actor,
      act: 'record.approve_destruction',
      subject: { kind: 'record', id: record },
      decision: 'allow',
      facts: { register: number },
    })),
  );
}

export interface RejectItemsInput {
  registerId: string;
  step: number;
  digest: string;
  positions: readonly number[];
  reason: string;
}

/** Takes items out of a list in the own turn, with the reason; everybody signs what is left anew, from the first step on. */
export function rejectRegisterItems(deps: DispositionDeps, actor: Actor, input: RejectItemsInput): Promise<{ digest: string; items: number; round: number }> {
  return onStep(deps, actor, input, 'reject_items', async (tx, held, { who, step }, policy) => {
    const reason = reasonOf(input.reason, true);
    const { id, number, round } = held.row;
    const out = new Set(input.positions);
    const listed = await listedItems(tx, id);
    const left = listed.filter((one) => !out.has(one.position));
    const count = listed.length - left.length;
    if (count === 0 || count !== out.size) throw invalidField('positions', count === 0 ? 'nothing_chosen' : 'not_known');
    if (left.length === 0) throw invalidField('positions', 'reject_the_whole');
    const digest = registerDigest(
      number,
      left.map((one) => {
        if (one.facts === null) throw new Error('a frozen item without facts');
        return { ...one.facts, position: one.position };
      }),
    );
    move(held.flow, { kind: 'reject_items', position: step.position, by: who.personId, count, digest: digest.toString('hex') });
    const at = deps.now();
    await dropApprovals(tx, id, round, true);
    const sealed = [...out].map((position) => ({ position, reason: seal(deps, `register/${id}/item/${position}`, reason).toString('hex') }));
    await rejectItems(tx, id, sealed, who.personId, at);
    await nextRound(tx, id, digest, left.length);
    const steps = (await approvalsOf(tx, [id])).filter((one) => one.round === round);
    await insertApprovals(tx, id, round + 1, steps, at);
    await deps.audit.append(tx, {
      actor,
      act: 'destruction.reject_items',
      subject: { kind: 'destruction', id },
      decision: 'allow',
      policy,
      facts: { number, round, step: step.step, count, items: [...out].slice(0, 200).map(String), digest: digest.toString('hex') },
      side: { reason },
    });
    return { digest: digest.toString('hex'), items: left.length, round: round + 1 };
  });
}
