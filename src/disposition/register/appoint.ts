import { assertRecent, assertSecondFactor } from '../../access/index.js';
import type { Actor } from '../../audit/index.js';
import { newId } from '../../db/index.js';
import { CodedError, invalidField } from '../../errors/index.js';
import type { DispositionDeps } from '../appraisal/deps.js';
import { standingOf } from '../appraisal/people.js';
import { onOne } from '../appraisal/refusal.js';
import { profileIn } from '../appraisal/rules.js';
import { differentPersons, reasonOf } from './answer.js';
import { lockListed } from './facts-store.js';
import { hold, move, type Held } from './flow.js';
import { backToDue, changedInstead, recheck, voidRegister, type Changed } from './recheck.js';
import { seal } from '../appraisal/seals.js';
import type { RegisterState } from './states.js';
import { dropApprovals, endAppointment, endRegister, insertAppointment, markChecked, personsOf, setChecked } from './store.js';
import type { Office } from './values.js';

/** Roles of the archive itself: whoever holds one is not from outside. */
export const OF_THE_ARCHIVE: readonly string[] = ['records_clerk', 'records_manager'];

export interface AppointInput {
  registerId: string;
  office: Office;
  personId: string;
}

/** Whom the rules allow an office to, with whether he is from outside the archive. */
export async function candidatesOf(
  deps: DispositionDeps,
  office: Office,
): Promise<{ personId: string; outside: boolean; roles: string[]; department: string }[]> {
  const rules = profileIn(deps.dispositionRules(), deps.rules().profile.profile);
  const people = await deps.people.holdersOf(office === 'executor' ? rules.executors : rules.supervisors);
  return people.map((one) => ({ ...one, outside: !one.roles.some((role) => OF_THE_ARCHIVE.includes(role)) }));
}

/** Appoints the executor or one of the two supervisors 监销人: another person than everybody who takes part, one at least from outside. */
export async function appointFor(deps: DispositionDeps, actor: Actor, input: AppointInput): Promise<{ id: string; outside: boolean }> {
  return onOne(deps, actor, { of: 'register', id: input.registerId, step: 'appoint' }, () =>
    differentPersons(async () => {
      const { policy } = deps.access.authorize(actor, 'destruction.appoint');
      assertSecondFactor(actor);
      assertRecent(deps, actor);
      const by = standingOf(deps, actor);
      const person = (await candidatesOf(deps, input.office)).find((one) => one.personId === input.personId);
      if (person === undefined) throw invalidField('personId', 'not_executor');
      return deps.db.tx(async (tx) => {
        const held = await hold(tx, input.registerId);
        move(held.flow, { kind: 'appoint', office: input.office, person: person.personId, outside: person.outside });
        const others = held.appointments.filter((one) => one.office === 'supervisor');
        if (input.office === 'supervisor' && others.length === 1 && !person.outside && !others.some((one) => one.outside))
          throw invalidField('personId', 'from_outside');
        const id = newId();
        const { id: register, number } = held.row;
        const entry = await deps.audit.append(tx, {
          actor,
          act: 'destruction.appoint',
          subject: { kind: 'destruction', id: register },
          decision: 'allow',
          policy,
          facts: { number, office: input.office, person: person.personId, outside: person.outside },
        });
        const seat = others.some((one) => one.seat === 1) && input.office === 'supervisor' ? 2 : 1;
        await insertAppointment(tx, {
          id,
          register,
          office: input.office,
          seat,
          person: person.personId,
          outside: person.outside,
          by: by.personId,
          at: deps.now(),
          entry: entry.id,
        });
        return { id, outside: person.outside };
      });
    }),
  );
}

/** Releases somebody from an office before anything was checked, so that another can take the place. */
export async function dismissFrom(deps: DispositionDeps, actor: Actor, input: { registerId: string; personId: string }): Promise<void> {
  await onOne(deps, actor, { of: 'register', id: input.registerId, step: 'dismiss' }, async () => {
    const { policy } = deps.access.authorize(actor, 'destruction.appoint');
    assertSecondFactor(actor);
    assertRecent(deps, actor);
    await deps.db.tx(async (tx) => {
      const held = await hold(tx, input.registerId);
      move(held.flow, { kind: 'dismiss', person: input.personId });
      const one = held.appointments.find((appointment) => appointment.person_id === input.personId);
      if (one === undefined) throw new CodedError('not_found');
      await endAppointment(tx, one.id, deps.now());
      await deps.audit.append(tx, {
        actor,
        act: 'destruction.dismiss',
        subject: { kind: 'destruction', id: held.row.id },
        decision: 'allow',
        policy,
        facts: { number: held.row.number, office: one.office, person: input.personId },
      });
    });
  });
}

/** Whether one supervisor is from outside to this day: who has come to the archive since being appointed is not. */
async function outsideStill(deps: DispositionDeps, held: Held): Promise<boolean> {
  const archive = new Set((await deps.people.holdersOf(OF_THE_ARCHIVE)).map((one) => one.personId));
  return held.appointments.some((one) => one.office === 'supervisor' && one.outside && !archive.has(one.person_id));
}

/** A supervisor has checked the list: signs its digest, before anything is carried out. Once both have, it counts as checked. */
export async function checkRegister(deps: DispositionDeps, actor: Actor, input: { registerId: string; digest: string }): Promise<{ state: RegisterState }> {
  const done = await onOne(deps, actor, { of: 'register', id: input.registerId, step: 'check' }, () =>
    differentPersons(async () => {
      const { policy } = deps.access.authorize(actor, 'destruction.check');
      assertSecondFactor(actor);
      assertRecent(deps, actor);
      const who = standingOf(deps, actor);
      return deps.db.tx(async (tx): Promise<{ state: RegisterState } | Changed[]> => {
        const held = await hold(tx, input.registerId);
        const mine = held.appointments.find((one) => one.office === 'supervisor' && one.person_id === who.personId);
        // somebody who has no part in it does not learn that it is there
        if (mine === undefined) throw new CodedError(deps.access.mayEver(actor, 'destruction.list') ? 'forbidden' : 'not_found');
        const flow = move(held.flow, { kind: 'check', by: who.personId, digest: input.digest });
        if (!(await outsideStill(deps, held))) throw invalidField('supervisors', 'from_outside');
        const changed = await recheck(tx, deps, held.row);
        if (changed.length > 0) {
          await voidRegister(tx, deps, actor, held, changed);
          return changed;
        }
        const at = deps.now();
        const { id, number, digest } = held.row;
        if (digest === null) throw new CodedError('wrong_state');
        const entry = await deps.audit.append(tx, {
          actor,
          act: 'destruction.check',
          subject: { kind: 'destruction', id },
          decision: 'allow',
          policy,
          facts: { number, digest: input.digest, count: held.row.item_count },
        });
        await markChecked(tx, mine.id, digest, at, entry.id);
        if (flow.state === 'checked') await setChecked(tx, id, at);
        return { state: flow.state };
      });
    }),
  );
  return changedInstead(deps, actor, input.registerId, 'check', done);
}

/** Stops a destruction before it is carried out, by anyone named on the register. */
export async function stopRegister(deps: DispositionDeps, actor: Actor, input: { registerId: string; reason: string }): Promise<void> {
  await onOne(deps, actor, { of: 'register', id: input.registerId, step: 'stop' }, async () => {
    const { policy } = deps.access.authorize(actor, 'destruction.view');
    const reason = reasonOf(input.reason, true);
    const who = standingOf(deps, actor);
    await deps.db.tx(async (tx) => {
      const held = await hold(tx, input.registerId);
      const takesPart = (await personsOf(tx, held.row.id)).includes(who.personId);
      if (!takesPart) throw new CodedError(deps.access.mayEver(actor, 'destruction.list') ? 'forbidden' : 'not_found');
      // one who approved an earlier round is named as well
      move(held.flow, { kind: 'stop', by: held.flow.maker });
      const { id, number, round } = held.row;
      const at = deps.now();
      // like everybody: first the register, then its records in the order of their ids, then what is written
      await lockListed(tx, id);
      await dropApprovals(tx, id, round, false);
      await endRegister(tx, id, { state: 'stopped', by: who.personId, reason: seal(deps, `register/${id}/end`, reason), at });
      const entry = await deps.audit.append(tx, {
        actor,
        act: 'destruction.stop',
        subject: { kind: 'destruction', id },
        decision: 'allow',
        policy,
        facts: { number, from: held.row.state },
        side: { reason },
      });
      await backToDue(tx, deps, actor, held.row, entry.id);
    });
  });
}
