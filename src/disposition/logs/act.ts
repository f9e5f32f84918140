import { assertRecent, assertSecondFactor } from '../../access/index.js';
import type { Actor } from '../../audit/index.js';
import { newId, type Tx } from '../../db/index.js';
import { CodedError, invalidField } from '../../errors/index.js';
import { fits, standingOf } from '../appraisal/people.js';
import { seal } from '../appraisal/seals.js';
import { reasonOf } from '../register/answer.js';
import { candidatesOf, OF_THE_ARCHIVE } from '../register/appoint.js';
import { move } from '../register/flow.js';
import { VOIDABLE, type RegisterState } from '../register/states.js';
import type { Office } from '../register/values.js';
import type { LogTermDeps } from './deps.js';
import { changedLog, holdLogRegister, logEntry, onLog, onStanding, voidLog, type HeldLog } from './flow.js';
import {
  answerLogApproval,
  dropLogApprovals,
  endLogAppointment,
  endLogRegister,
  insertLogAppointment,
  logRegistersIn,
  markLogChecked,
  openLogApproval,
  personsOfLog,
  setLogApproved,
  setLogChecked,
} from './store.js';

const DAY = 86_400_000;

/** A right that needs a second factor, shown anew. */
function sign(deps: LogTermDeps, actor: Actor, right: 'destruction.approve' | 'destruction.appoint' | 'destruction.check'): void {
  deps.access.authorize(actor, right);
  assertSecondFactor(actor);
  assertRecent(deps, actor);
}

export interface LogAnswer {
  registerId: string;
  step: number;
  /** Digest of what was shown, in hex: what is signed. */
  digest: string;
  agree: boolean;
  /** Why; needed to refuse. */
  reason?: string | undefined;
}

/** Approves or rejects in the own turn: signs the digest of exactly this log and tree. */
export function answerLogDestruction(deps: LogTermDeps, actor: Actor, input: LogAnswer): Promise<{ state: RegisterState }> {
  return onLog(deps, actor, input.registerId, 'answer', () => {
    sign(deps, actor, 'destruction.approve');
    const who = standingOf(deps, actor);
    return onStanding(deps, actor, input.registerId, async (tx, held) => {
      const open = held.approvals.find((one) => one.state === 'open');
      if (open === undefined || open.position !== input.step) throw new CodedError('wrong_state', { params: { state: held.row.state, step: 'answer' } });
      if (!fits({ role: open.role, department: null }, who)) throw new CodedError('forbidden', { detail: 'not asked for this step' });
      const reason = reasonOf(input.reason, !input.agree);
      const at = deps.now();
      const executeAfter = new Date(at.getTime() + deps.dispositionRules().pause_days * DAY);
      const { id, digest } = held.row;
      const flow = move(held.flow, { kind: 'answer', position: open.position, by: who.personId, digest: input.digest, agree: input.agree, executeAfter });
      const entry = await deps.audit.append(tx, {
        ...logEntry(deps, actor, input.agree ? 'destruction.agree' : 'destruction.reject', held.row, { step: open.step, digest: input.digest }),
        ...(reason === '' ? {} : { side: { reason } }),
      });
      await answerLogApproval(tx, id, open.position, {
        state: input.agree ? 'agreed' : 'refused',
        person: who.personId,
        account: who.accountId,
        pseudonym: actor.pseudonym,
        digest,
        reason: reason === '' ? null : seal(deps, `register/${id}/approval/1/${open.position}`, reason),
        at,
        entry: entry.id,
      });
      if (flow.state === 'rejected') {
        await dropLogApprovals(tx, id);
        await endLogRegister(tx, id, { state: 'rejected', by: who.personId, reason: seal(deps, `register/${id}/end`, reason), at });
      } else if (flow.state === 'approved') {
        await setLogApproved(tx, id, at, executeAfter);
        await deps.audit.append(
          tx,
          logEntry(deps, actor, 'destruction.approved', held.row, { digest: input.digest, executeAfter: executeAfter.toISOString() }),
        );
      } else await openLogApproval(tx, id, open.position + 1, at);
      return { state: flow.state };
    });
  });
}

/** Appoints the executor or a supervisor 监销人: another person than everybody who takes part, one supervisor at least from outside the archive. */
export function appointForLog(deps: LogTermDeps, actor: Actor, input: { registerId: string; office: Office; personId: string }): Promise<{ outside: boolean }> {
  return onLog(deps, actor, input.registerId, 'appoint', async () => {
    sign(deps, actor, 'destruction.appoint');
    const by = standingOf(deps, actor);
    const person = (await candidatesOf(deps, input.office)).find((one) => one.personId === input.personId);
    if (person === undefined) throw invalidField('personId', 'not_executor');
    return deps.db.tx(async (tx) => {
      const held = await holdLogRegister(tx, input.registerId);
      move(held.flow, { kind: 'appoint', office: input.office, person: person.personId, outside: person.outside });
      const others = held.appointments.filter((one) => one.office === 'supervisor');
      if (input.office === 'supervisor' && others.length === 1 && !person.outside && !others.some((one) => one.outside))
        throw invalidField('personId', 'from_outside');
      const facts = { office: input.office, person: person.personId, outside: person.outside };
      const entry = await deps.audit.append(tx, logEntry(deps, actor, 'destruction.appoint', held.row, facts));
      const seat = input.office === 'supervisor' && others.some((one) => one.seat === 1) ? 2 : 1;
      const { id: register } = held.row;
      await insertLogAppointment(tx, {
        id: newId(),
        register,
        office: input.office,
        seat,
        person: person.personId,
        outside: person.outside,
        by: by.personId,
        at: deps.now(),
        entry: entry.id,
      });
      return { outside: person.outside };
    });
  });
}

/** Releases somebody from an office before anything was checked. */
export function dismissFromLog(deps: LogTermDeps, actor: Actor, input: { registerId: string; personId: string }): Promise<void> {
  return onLog(deps, actor, input.registerId, 'dismiss', () => {
    sign(deps, actor, 'destruction.appoint');
    return deps.db.tx(async (tx) => {
      const held = await holdLogRegister(tx, input.registerId);
      move(held.flow, { kind: 'dismiss', person: input.personId });
      const one = held.appointments.find((appointment) => appointment.person_id === input.personId);
      if (one === undefined) throw new CodedError('not_found');
      await endLogAppointment(tx, one.id, deps.now());
      await deps.audit.append(tx, logEntry(deps, actor, 'destruction.dismiss', held.row, { office: one.office, person: input.personId }));
    });
  });
}

/** Whether one supervisor is from outside to this day. */
async function outsideStill(deps: LogTermDeps, held: HeldLog): Promise<boolean> {
  const archive = new Set((await deps.people.holdersOf(OF_THE_ARCHIVE)).map((one) => one.personId));
  return held.appointments.some((one) => one.office === 'supervisor' && one.outside && !archive.has(one.person_id));
}

/** A supervisor has checked what goes: signs its digest, before anything is carried out. */
export function checkLogDestruction(deps: LogTermDeps, actor: Actor, input: { registerId: string; digest: string }): Promise<{ state: RegisterState }> {
  return onLog(deps, actor, input.registerId, 'check', () => {
    sign(deps, actor, 'destruction.check');
    const who = standingOf(deps, actor);
    return onStanding(deps, actor, input.registerId, async (tx, held) => {
      const mine = held.appointments.find((one) => one.office === 'supervisor' && one.person_id === who.personId);
      // somebody who has no part in it does not learn that it is there
      if (mine === undefined) throw new CodedError(deps.access.mayEver(actor, 'destruction.list') ? 'forbidden' : 'not_found');
      const flow = move(held.flow, { kind: 'check', by: who.personId, digest: input.digest });
      if (!(await outsideStill(deps, held))) throw invalidField('supervisors', 'from_outside');
      const at = deps.now();
      const entry = await deps.audit.append(tx, logEntry(deps, actor, 'destruction.check', held.row, { digest: input.digest }));
      await markLogChecked(tx, mine.id, held.row.digest, at, entry.id);
      if (flow.state === 'checked') await setLogChecked(tx, held.row.id, at);
      return { state: flow.state };
    });
  });
}

/** Stops it before it is carried out, by anyone named on the register. */
export function stopLogDestruction(deps: LogTermDeps, actor: Actor, input: { registerId: string; reason: string }): Promise<void> {
  return onLog(deps, actor, input.registerId, 'stop', () => {
    deps.access.authorize(actor, 'destruction.view');
    const reason = reasonOf(input.reason, true);
    const who = standingOf(deps, actor);
    return deps.db.tx(async (tx) => {
      const held = await holdLogRegister(tx, input.registerId);
      if (!(await personsOfLog(tx, held.row.id)).includes(who.personId))
        throw new CodedError(deps.access.mayEver(actor, 'destruction.list') ? 'forbidden' : 'not_found');
      move(held.flow, { kind: 'stop', by: held.flow.maker });
      await dropLogApprovals(tx, held.row.id);
      const sealed = seal(deps, `register/${held.row.id}/end`, reason);
      await endLogRegister(tx, held.row.id, { state: 'stopped', by: who.personId, reason: sealed, at: deps.now() });
      await deps.audit.append(tx, { ...logEntry(deps, actor, 'destruction.stop', held.row, { from: held.row.state }), side: { reason } });
    });
  });
}

/** Voids every register over a log of which something changed, a hold above all; how many. Repeatable. */
export async function watchLogRegisters(deps: LogTermDeps, system: Actor): Promise<number> {
  let voided = 0;
  for (const { id } of await logRegistersIn(deps.db, VOIDABLE)) {
    const done = await deps.db.tx(async (tx: Tx) => {
      const held = await holdLogRegister(tx, id);
      const why = VOIDABLE.includes(held.row.state) ? await changedLog(deps, tx, held.row) : [];
      if (why.length > 0) await voidLog(deps, tx, system, held, why);
      return why.length > 0;
    });
    if (done) voided++;
  }
  return voided;
}
