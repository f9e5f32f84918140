import type { Actor } from '../../audit/index.js';
import { sealField } from '../../crypto/index.js';
import { CodedError } from '../../errors/index.js';
import { holdContext } from './contexts.js';
import type { HoldsDeps } from './deps.js';
import { ownerOf, reasonOf } from './input.js';
import { noticesTo } from './notices/notices.js';
import { onHold, personOf } from './refusal.js';
import { lockHold, setAccepted, setDeclined } from './store.js';
import { takeAll } from './take/take.js';
import { afterStep, type HoldState } from './values.js';

export interface AnswerInput {
  id: string;
  accept: boolean;
  /** Why not; needed to decline. */
  reason?: string | undefined;
  /** Who keeps it from now on; whoever accepts it, unless said. */
  owner?: string | undefined;
}

/** What an answer changed. */
export interface HoldAnswered {
  state: HoldState;
  /** Records taken, or let go. */
  records: number;
}

/**
 * Accepts a proposed hold, from when on it stands, or declines it with a reason. Another person than the proposer accepts; the
 * proposer may take it back.
 */
export async function answerProposal(deps: HoldsDeps, actor: Actor, input: AnswerInput): Promise<HoldAnswered> {
  const act = input.accept ? 'hold.accept' : 'hold.decline';
  return onHold(deps, actor, { act, id: input.id }, async () => {
    const by = personOf(actor);
    const maySet = deps.access.decide(actor, 'hold.set').allow;
    if (!maySet) deps.access.authorize(actor, input.accept ? 'hold.set' : 'hold.propose');
    const reason = input.accept ? '' : reasonOf(input.reason ?? '');
    const owner = input.accept ? await ownerOf(deps, input.owner, by) : by;
    return deps.db.tx(async (tx) => {
      const row = await lockHold(tx, input.id);
      if (!row) throw new CodedError('not_found');
      // one who may only propose takes back his own; of others' he may know nothing
      if (!maySet && row.made_by !== by) throw new CodedError(deps.access.decide(actor, 'hold.view').allow ? 'forbidden' : 'not_found');
      const state = afterStep(row.state, input.accept ? 'accept' : 'decline');
      if (state === undefined) throw new CodedError('wrong_state', { params: { state: row.state, step: act } });
      if (input.accept && row.made_by === by) throw new CodedError('same_person');
      const at = deps.now();
      if (input.accept) await setAccepted(tx, row.id, { by, at, owner });
      else await setDeclined(tx, row.id, { by, at, reason: sealField(deps.keystore.secret('catalogue'), holdContext(row.id, 'decline'), reason) });
      const records = input.accept ? await takeAll(deps, tx, actor, row) : 0;
      await deps.audit.append(tx, {
        actor,
        act,
        subject: { kind: 'hold', id: row.id },
        decision: 'allow',
        policy: deps.access.version(),
        facts: { number: row.number, records },
        ...(input.accept ? {} : { side: { reason } }),
      });
      await noticesTo(deps, [row.made_by, owner], by)(tx, row.id, input.accept ? 'accepted' : 'declined', at);
      return { state, records };
    });
  });
}
