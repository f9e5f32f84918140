import type { Actor } from '../../audit/index.js';
import { dayOf } from '../../classification/index.js';
import { newId, type Tx } from '../../db/index.js';
import { CodedError, invalidField } from '../../errors/index.js';
import type { DispositionDeps } from '../appraisal/deps.js';
import { standingOf, unfilled } from '../appraisal/people.js';
import { onOne, oneAtATime } from '../appraisal/refusal.js';
import { profileIn, type ApprovalRule } from '../appraisal/rules.js';
import { nextNumber } from '../appraisal/store.js';
import { itemDigest, registerDigest } from './digest.js';
import { factRows, freeOf, lockListed } from './facts-store.js';
import { hold, move, type Held } from './flow.js';
import { changedInstead, expectedOf, factsOf, recheck, standsAgainst, voidRegister, type Changed } from './recheck.js';
import { erasureSteps } from './erasure.js';
import {
  addAppraised,
  freeze,
  insertApprovals,
  insertRegister,
  listedItems,
  personsOf,
  setFacts,
  takeItemsOut,
  toApproval,
  waitingForRegister,
  type Chosen,
} from './store.js';
import { REGISTER_LIMITS } from './values.js';

export interface NewRegister extends Chosen {
  /** Where and how it is to be destroyed, as the form asks. */
  place?: string | undefined;
}

/** Makes a draft of the appraised records that wait for destruction; what anything stands against is left out. An empty list is none. */
export async function createRegister(
  deps: DispositionDeps,
  actor: Actor,
  input: NewRegister,
): Promise<{ id: string; number: string; items: number; cut: boolean }> {
  const { policy } = deps.access.authorize(actor, 'destruction.make');
  await deps.assertOpen();
  const who = standingOf(deps, actor);
  const place = input.place?.trim() ?? '';
  if (place.length > REGISTER_LIMITS.place) throw invalidField('place', 'too_long', { max: REGISTER_LIMITS.place });
  const most = deps.dispositionRules().most_records;
  const id = newId();
  const at = deps.now();
  return oneAtATime(() =>
    deps.db.tx(async (tx) => {
      const number = await nextNumber(tx, 'register', dayOf(at, deps.settings.zone).y);
      await insertRegister(tx, { id, number, request: null, person: who.personId, account: who.accountId, place, at });
      const items = await addAppraised(tx, id, input, freeOf(at), deps.access.where(actor, 'record.list', 'r'), most);
      if (items === 0) throw invalidField('records', 'nothing_appraised');
      await deps.audit.append(tx, {
        actor,
        act: 'destruction.create',
        subject: { kind: 'destruction', id },
        decision: 'allow',
        policy,
        facts: { number, count: items },
      });
      return { id, number, items, cut: items === most };
    }),
  );
}

/** Appraised records that wait for a register, by appraisal. */
export async function appraisedWaiting(
  deps: DispositionDeps,
  actor: Actor,
): Promise<{ id: string; number: string; department: string; items: number; decidedAt: string }[]> {
  deps.access.authorize(actor, 'destruction.make');
  const rows = await waitingForRegister(deps.db);
  return rows.map((row) => ({ id: row.id, number: row.number, department: row.department, items: row.items, decidedAt: row.decided_at.toISOString() }));
}

/** A register that its maker prepares, under lock. */
async function ofMaker<T>(deps: DispositionDeps, actor: Actor, id: string, step: string, work: (tx: Tx, held: Held, policy: string) => Promise<T>): Promise<T> {
  return onOne(deps, actor, { of: 'register', id, step }, async () => {
    const { policy } = deps.access.authorize(actor, 'destruction.make');
    const who = standingOf(deps, actor);
    return deps.db.tx(async (tx) => {
      const held = await hold(tx, id);
      if (held.row.made_by_person !== who.personId) throw new CodedError('forbidden', { detail: 'a register is prepared by its maker' });
      return work(tx, held, policy);
    });
  });
}

const inDraft = ({ row }: Held, step: string): void => {
  if (row.state !== 'draft') throw new CodedError('wrong_state', { params: { state: row.state, step } });
};

/** Takes items out of a draft. */
export function takeOutOfRegister(
  deps: DispositionDeps,
  actor: Actor,
  input: { registerId: string; positions: readonly number[] },
): Promise<{ items: number }> {
  return ofMaker(deps, actor, input.registerId, 'take_out', async (tx, held, policy) => {
    inDraft(held, 'take_out');
    const items = await takeItemsOut(tx, held.row.id, input.positions);
    if (items === 0) throw invalidField('positions', 'nothing_chosen');
    await deps.audit.append(tx, {
      actor,
      act: 'destruction.take_out',
      subject: { kind: 'destruction', id: held.row.id },
      decision: 'allow',
      policy,
      facts: { number: held.row.number, count: items },
    });
    return { items };
  });
}

/** Freezes the list: every item with what is true of it now, under lock. Its digest is what everybody signs. */
export function freezeRegister(deps: DispositionDeps, actor: Actor, id: string): Promise<{ digest: string; items: number }> {
  return ofMaker(deps, actor, id, 'freeze', async (tx, held, policy) => {
    inDraft(held, 'freeze');
    await lockListed(tx, id);
    const now = new Map((await factRows(tx, id, deps.now())).map((one) => [one.record_id, one]));
    const listed = await listedItems(tx, id);
    if (listed.length === 0) throw invalidField('records', 'nothing_chosen');
    const blocked: string[] = [];
    const items = listed.flatMap(({ position, record_id }) => {
      const row = now.get(record_id);
      if (row === undefined) return [];
      const against = standsAgainst(row, expectedOf(held.row));
      if (against.length > 0) blocked.push(`${row.archival_code ?? ''} (${against.join(', ')})`);
      const facts = factsOf(row);
      return [{ position, facts, digest: itemDigest(facts).toString('hex') }];
    });
    if (blocked.length > 0) throw invalidField('records', 'has_blockers', { what: blocked.slice(0, 5).join('; ') });
    await setFacts(tx, id, items);
    const digest = registerDigest(
      held.row.number,
      items.map((one) => ({ ...one.facts, position: one.position })),
    );
    move(held.flow, { kind: 'freeze', digest: digest.toString('hex'), items: items.length });
    const rules = deps.dispositionRules();
    await freeze(tx, id, { digest, items: items.length, rules: rules.name, at: deps.now() });
    await deps.audit.append(tx, {
      actor,
      act: 'destruction.freeze',
      subject: { kind: 'destruction', id },
      decision: 'allow',
      policy,
      facts: { number: held.row.number, count: items.length, digest: digest.toString('hex'), rules: rules.name },
    });
    return { digest: digest.toString('hex'), items: items.length };
  });
}

/** The approvals that a list needs under a profile, in order. */
export function stepsFor(rules: readonly ApprovalRule[], serviceTypes: ReadonlySet<string>): ApprovalRule[] {
  return rules.filter((one) => one.for === undefined || one.for.service_types.some((type) => serviceTypes.has(type)));
}

async function termSteps(deps: DispositionDeps, tx: Tx, id: string): Promise<ApprovalRule[]> {
  const types = new Set((await listedItems(tx, id)).map((one) => one.facts?.class.serviceType ?? ''));
  return stepsFor(profileIn(deps.dispositionRules(), deps.rules().profile.profile).approvals, types);
}

/** Puts a frozen list before those who approve it, in order. Where no different persons could fill the steps, it is refused at once. */
export async function submitRegister(deps: DispositionDeps, actor: Actor, id: string): Promise<{ steps: number }> {
  const done = await ofMaker(deps, actor, id, 'submit', async (tx, held, policy): Promise<{ steps: number } | Changed[]> => {
    const changed = held.row.state === 'frozen' ? await recheck(tx, deps, held.row) : [];
    if (changed.length > 0) {
      await voidRegister(tx, deps, actor, held, changed);
      return changed;
    }
    const taken = await personsOf(tx, id);
    const steps = held.row.kind === 'erasure' ? await erasureSteps(deps, taken) : await termSteps(deps, tx, id);
    move(held.flow, { kind: 'submit', steps: steps.length });
    const places = steps.map((one) => ({ role: one.role, department: null }));
    const missing = await unfilled(deps, places, taken);
    if (missing.length > 0) throw invalidField('approvals', 'nobody_for', { role: missing.join(', ') });
    const at = deps.now();
    await insertApprovals(
      tx,
      id,
      held.row.round,
      steps.map((one) => ({ step: one.id, role: one.role })),
      at,
    );
    await toApproval(tx, id);
    await deps.audit.append(tx, {
      actor,
      act: 'destruction.submit',
      subject: { kind: 'destruction', id },
      decision: 'allow',
      policy,
      facts: { number: held.row.number, digest: held.row.digest?.toString('hex') ?? '', steps: steps.map((one) => one.id) },
    });
    return { steps: steps.length };
  });
  return changedInstead(deps, actor, id, 'submit', done);
}
