import type { Actor } from '../../audit/index.js';
import { dayOf } from '../../classification/index.js';
import { newId } from '../../db/index.js';
import { CodedError, invalidField } from '../../errors/index.js';
import type { DispositionDeps } from '../appraisal/deps.js';
import { standingOf, unfilled } from '../appraisal/people.js';
import { oneAtATime, onOne } from '../appraisal/refusal.js';
import { profileIn, type ApprovalRule } from '../appraisal/rules.js';
import { nextNumber } from '../appraisal/store.js';
import { differentPersons } from './answer.js';
import { freeOf } from './facts-store.js';
import { addMarked, erasuresWaiting, findRegister, insertRegister } from './store.js';
import { REGISTER_LIMITS } from './values.js';

export interface NewErasure {
  /** The decided request whose marked records are to be destroyed. */
  requestId: string;
  place?: string | undefined;
}

/**
 * Makes a draft of what a request for erasure marked, before its term (PIPL 47): what law does not prescribe to be kept, and
 * nothing stands against. Whoever decided on the request makes none.
 */
export async function createErasure(
  deps: DispositionDeps,
  actor: Actor,
  input: NewErasure,
): Promise<{ id: string; number: string; items: number; cut: boolean }> {
  const { policy } = deps.access.authorize(actor, 'destruction.make');
  await deps.assertOpen();
  const who = standingOf(deps, actor);
  const place = input.place?.trim() ?? '';
  if (place.length > REGISTER_LIMITS.place) throw invalidField('place', 'too_long', { max: REGISTER_LIMITS.place });
  erasureRules(deps);
  const most = deps.dispositionRules().most_records;
  const id = newId();
  const at = deps.now();
  const make = () =>
    deps.db.tx(async (tx) => {
      const waiting = await erasuresWaiting(tx, freeOf(at), input.requestId);
      if (waiting.length === 0) throw invalidField('request', 'nothing_marked');
      const number = await nextNumber(tx, 'register', dayOf(at, deps.settings.zone).y);
      await insertRegister(tx, { id, number, request: input.requestId, person: who.personId, account: who.accountId, place, at });
      const items = await addMarked(tx, id, input.requestId, freeOf(at), most);
      if (items === 0) throw invalidField('request', 'nothing_marked');
      const row = await findRegister(tx, id);
      await deps.audit.append(tx, {
        actor,
        act: 'destruction.create',
        subject: { kind: 'destruction', id },
        decision: 'allow',
        policy,
        facts: { number, count: items, request: row?.request ?? '' },
      });
      return { id, number, items, cut: items === most };
    });
  return onOne(deps, actor, { of: 'erasure', id: input.requestId, step: 'create' }, () => oneAtATime(() => differentPersons(make)));
}

/** Requests whose marked records wait for a register, the one that is due first before the others. */
export async function erasuresToMake(
  deps: DispositionDeps,
  actor: Actor,
): Promise<{ id: string; number: string; items: number; blocked: number; due: string; decidedAt: string }[]> {
  deps.access.authorize(actor, 'destruction.make');
  const rows = await erasuresWaiting(deps.db, freeOf(deps.now()));
  return rows.map(({ decided_at: decidedAt, ...row }) => ({ ...row, decidedAt: decidedAt.toISOString() }));
}

function erasureRules(deps: DispositionDeps) {
  const { erasure } = profileIn(deps.dispositionRules(), deps.rules().profile.profile);
  if (erasure === undefined) throw new CodedError('policy_invalid', { detail: 'the rules of disposition that act say nothing of erasure before term' });
  return erasure;
}

/** The approvals of an erasure, in order: of each step's roles the first that a different person can fill, else the first. */
export async function erasureSteps(deps: DispositionDeps, taken: readonly string[]): Promise<ApprovalRule[]> {
  const steps: ApprovalRule[] = [];
  for (const { id, names, roles } of erasureRules(deps)) {
    const places = steps.map((one) => ({ role: one.role, department: null }));
    let role = roles[0];
    for (const one of [...roles].reverse()) if ((await unfilled(deps, [...places, { role: one, department: null }], taken)).length === 0) role = one;
    if (role !== undefined) steps.push({ id, names, role });
  }
  return steps;
}
