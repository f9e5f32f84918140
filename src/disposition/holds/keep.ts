import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import type { HoldsDeps } from './deps.js';
import { ownerOf, reasonOf, reviewOf } from './input.js';
import { onHold, personOf } from './refusal.js';
import { lockHold, setKeeping } from './store.js';
import { OPEN_STATES } from './values.js';

/** After a review: the day of the next one, and who keeps the hold until then. */
export async function keepHold(
  deps: HoldsDeps,
  actor: Actor,
  input: { id: string; reviewOn: string; owner?: string | undefined; reason: string },
): Promise<void> {
  await onHold(deps, actor, { act: 'hold.keep', id: input.id }, async () => {
    deps.access.authorize(actor, 'hold.set');
    const by = personOf(actor);
    const reviewOn = reviewOf(deps, input.reviewOn);
    const reason = reasonOf(input.reason);
    const named = (input.owner ?? '') === '' ? undefined : await ownerOf(deps, input.owner, by);
    await deps.db.tx(async (tx) => {
      const row = await lockHold(tx, input.id);
      if (!row) throw new CodedError('not_found');
      if (row.kind === 'freeze' || !OPEN_STATES.some((one) => one === row.state))
        throw new CodedError('wrong_state', { params: { state: row.state, step: 'hold.keep' } });
      const owner = named ?? row.owner;
      await setKeeping(tx, row.id, { owner, reviewOn });
      await deps.audit.append(tx, {
        actor,
        act: 'hold.keep',
        subject: { kind: 'hold', id: row.id },
        decision: 'allow',
        policy: deps.access.version(),
        facts: { number: row.number, from: row.review_on, to: reviewOn, ...(owner === row.owner ? {} : { owner }) },
        side: { reason },
      });
    });
  });
}
