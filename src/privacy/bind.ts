import { assertSecondFactor } from '../access/index.js';
import type { Actor } from '../audit/index.js';
import { CodedError, invalidField } from '../errors/index.js';
import type { PrivacyDeps } from './deps.js';
import { bindMarks } from './erasure-store.js';
import { onRequest } from './refusal.js';
import { writeStep } from './step.js';
import { afterStep } from './steps.js';
import { lockRecordsOf, lockRequest } from './store.js';
import { PRIVACY_LENGTHS, textOf } from './texts.js';
import { today } from './work.js';

/**
 * A hold or a longer term caught up with records that were marked for destruction: they are kept after all, on a ground that the
 * letter names, and can only be restricted. Decided like the request itself, by another person than who registered it.
 */
export async function bindErasure(deps: PrivacyDeps, actor: Actor, input: { id: string; ground: string; reason: string }): Promise<{ bound: number }> {
  return onRequest(deps, actor, { step: 'bind', id: input.id }, async () => {
    deps.access.authorize(actor, 'privacy.decide');
    assertSecondFactor(actor);
    if (actor.personId === null) throw new CodedError('forbidden');
    const note = textOf('reason', input.reason, PRIVACY_LENGTHS.note, true);
    return deps.db.tx(async (tx) => {
      const row = await lockRequest(tx, input.id);
      if (!row) throw new CodedError('not_found');
      afterStep(row.state, 'bind');
      if (row.two_persons && row.registered_by === actor.personId) throw new CodedError('same_person');
      const { grounds } = deps.policies.get(row.policy);
      const ground = Object.hasOwn(grounds, input.ground) ? grounds[input.ground] : undefined;
      if (ground?.restriction === undefined) throw invalidField('ground', input.ground === '' ? 'missing' : 'unknown_value');
      await lockRecordsOf(tx, row.client_number);
      const entry = await writeStep(deps, tx, actor, { id: row.id, act: 'privacy.bind', step: 'bind', note, facts: { ground: input.ground } });
      const bound = await bindMarks(tx, row.id, today(deps), { ground: input.ground, at: deps.now(), entry });
      if (bound === 0) throw invalidField('ground', 'nothing_stands_against');
      return { bound };
    });
  });
}
