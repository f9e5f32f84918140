import type { Actor } from '../../audit/index.js';
import { sealField } from '../../crypto/index.js';
import { CodedError } from '../../errors/index.js';
import { holdContext } from './contexts.js';
import type { HoldAnswered } from './answer.js';
import type { HoldsDeps } from './deps.js';
import { reasonOf } from './input.js';
import { noticesTo, noticesToRoles } from './notices/notices.js';
import { onHold, personOf } from './refusal.js';
import { lockHold, setKept, setLifted, setLifting } from './store.js';
import { tellLetGo } from './take/take.js';
import { afterStep, OWNER_ROLES } from './values.js';

/** Proposes, with a reason, to lift a hold; its records stay held until another person agrees. */
export async function proposeLift(deps: HoldsDeps, actor: Actor, input: { id: string; reason: string }): Promise<void> {
  await onHold(deps, actor, { act: 'hold.lift_propose', id: input.id }, async () => {
    deps.access.authorize(actor, 'hold.lift');
    const by = personOf(actor);
    const reason = reasonOf(input.reason);
    const tell = await noticesToRoles(deps, OWNER_ROLES, by);
    await deps.db.tx(async (tx) => {
      const row = await lockHold(tx, input.id);
      if (!row) throw new CodedError('not_found');
      if (afterStep(row.state, 'propose_lift') === undefined) throw new CodedError('wrong_state', { params: { state: row.state, step: 'hold.lift' } });
      const at = deps.now();
      await setLifting(tx, row.id, { by, at, reason: sealField(deps.keystore.secret('catalogue'), holdContext(row.id, 'lift'), reason) });
      await deps.audit.append(tx, {
        actor,
        act: 'hold.lift_propose',
        subject: { kind: 'hold', id: row.id },
        decision: 'allow',
        policy: deps.access.version(),
        facts: { number: row.number },
        side: { reason },
      });
      for (const send of tell) await send(tx, row.id, 'lift_proposed', at);
    });
  });
}

/**
 * Agrees to lift a hold, or keeps it. Agreeing takes another person than the one who proposed it, by person; keeping is open to that
 * person too. A record is free once no other hold is open over it.
 */
export async function answerLift(deps: HoldsDeps, actor: Actor, input: { id: string; agree: boolean }): Promise<HoldAnswered> {
  const act = input.agree ? 'hold.lift' : 'hold.lift_refuse';
  return onHold(deps, actor, { act, id: input.id }, async () => {
    deps.access.authorize(actor, 'hold.lift');
    const by = personOf(actor);
    return deps.db.tx(async (tx) => {
      const row = await lockHold(tx, input.id);
      if (!row) throw new CodedError('not_found');
      const state = afterStep(row.state, input.agree ? 'lift' : 'keep');
      if (state === undefined) throw new CodedError('wrong_state', { params: { state: row.state, step: act } });
      if (input.agree && row.lift_proposed_by === by) throw new CodedError('same_person');
      const at = deps.now();
      if (input.agree) await setLifted(tx, row.id, { by, at });
      else await setKept(tx, row.id);
      const records = input.agree ? await tellLetGo(deps, tx, actor, row, at) : 0;
      await deps.audit.append(tx, {
        actor,
        act,
        subject: { kind: 'hold', id: row.id },
        decision: 'allow',
        policy: deps.access.version(),
        facts: { number: row.number, records },
      });
      await noticesTo(deps, [row.made_by, row.owner, row.lift_proposed_by ?? by], by)(tx, row.id, input.agree ? 'lifted' : 'kept', at);
      return { state, records };
    });
  });
}
