import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import { moveRegister } from '../register/index.js';
import { copySums } from './copies-store.js';
import type { ExecutionDeps } from './deps.js';
import { flowOf } from './flow.js';
import { onRegister } from './refusal.js';
import { settle } from './settle.js';
import { approvalsOf, appointmentsOf, lockRegister } from './store.js';
import { signWitnessed } from './witness-store.js';

/**
 * A supervisor signs 已监销, after the destruction was carried out and he has seen the closure check. With the second signature the
 * certificate is made; the register closes once no copy is left under lock.
 */
export async function witness(deps: ExecutionDeps, actor: Actor, register: string): Promise<void> {
  const { policy } = deps.access.authorize(actor, 'destruction.witness');
  const { personId } = actor;
  if (personId === null) throw new CodedError('forbidden', { detail: 'only a person witnesses a destruction' });
  await onRegister(deps, actor, register, 'witness', () =>
    deps.db.tx(async (tx) => {
      const row = await lockRegister(tx, register);
      if (!row) throw new CodedError('not_found', { detail: 'register' });
      const sums = await copySums(tx, register);
      const flow = flowOf(row, await approvalsOf(tx, register, row.round), await appointmentsOf(tx, register), sums.locked);
      const moved = moveRegister(flow, { kind: 'witness', by: personId });
      if ('refused' in moved) throw new CodedError(moved.refused, { params: { state: row.state, step: 'witness' } });
      const entry = await deps.audit.append(tx, {
        actor,
        act: 'destruction.witness',
        subject: { kind: 'destruction', id: register },
        decision: 'allow',
        policy,
        facts: { number: row.number, locked: sums.locked },
      });
      await signWitnessed(tx, register, personId, deps.now(), entry.id);
    }),
  );
  await settle(deps, register);
}
