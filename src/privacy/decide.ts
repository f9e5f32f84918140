import { assertSecondFactor } from '../access/index.js';
import type { Actor } from '../audit/index.js';
import { CodedError, invalidField } from '../errors/index.js';
import type { PrivacyDeps } from './deps.js';
import { onRequest } from './refusal.js';
import { writeStep } from './step.js';
import { checkDecision } from './steps.js';
import { erasureFinding, lockRecordsOf, lockRequest, markForDestruction, setDecided, type ErasureFinding } from './store.js';
import { PRIVACY_LENGTHS, textOf } from './texts.js';
import { OUTCOMES, type Outcome } from './values.js';
import { today } from './work.js';

export interface DecideInput {
  id: string;
  outcome: string;
  /** A ground of the rules the request is under; needed for everything but fulfilment. */
  ground?: string | undefined;
  reason: string;
}

/**
 * Decides on a request: never the person who registered it where the rules say two persons, by person. An erasure is
 * checked against the law once more: what no minimum term and no hold stands against is marked for destruction, which
 * only the destruction procedure settles; the rest can only be restricted.
 */
export async function decideRequest(deps: PrivacyDeps, actor: Actor, input: DecideInput): Promise<{ marked: number }> {
  return onRequest(deps, actor, { step: 'decide', id: input.id }, async () => {
    deps.access.authorize(actor, 'privacy.decide');
    assertSecondFactor(actor);
    const by = actor.personId;
    if (by === null) throw new CodedError('forbidden');
    const outcome = OUTCOMES.find((one) => one === input.outcome);
    if (!outcome) throw invalidField('outcome', input.outcome === '' ? 'missing' : 'unknown_value');
    const note = textOf('reason', input.reason, PRIVACY_LENGTHS.note, true);
    return deps.db.tx(async (tx) => {
      const row = await lockRequest(tx, input.id);
      if (!row) throw new CodedError('not_found');
      const grounds = deps.policies.get(row.policy).grounds;
      const id = input.ground === '' ? undefined : input.ground;
      const ground = id === undefined || !Object.hasOwn(grounds, id) ? undefined : grounds[id];
      const facts = { kind: row.kind, state: row.state, due: row.due, extended: row.extended_to !== null, registeredBy: row.registered_by };
      checkDecision({ ...facts, twoPersons: row.two_persons, outcome: row.outcome }, by, outcome, ground, id);
      if (row.kind === 'erasure') await lockRecordsOf(tx, row.client_number);
      const finding = row.kind === 'erasure' ? await erasureFinding(tx, row.client_number, today(deps)) : undefined;
      if (finding) checkErasure(outcome, finding);
      await setDecided(tx, row.id, { outcome, ground: outcome === 'fulfil' ? null : (id ?? null), by, at: deps.now() });
      const marks = finding !== undefined && (outcome === 'fulfil' || outcome === 'partly');
      const marked = marks ? await markForDestruction(tx, row.id, row.client_number, today(deps)) : 0;
      await writeStep(deps, tx, actor, {
        id: row.id,
        act: 'privacy.decide',
        step: 'decide',
        note,
        facts: { outcome, ...(outcome === 'fulfil' ? {} : { ground: id ?? '' }), ...finding, ...(marks ? { marked } : {}) },
      });
      return { marked };
    });
  });
}

/** What the law allows of an erasure: all of it, none of it, or the part that nothing stands against. */
export function checkErasure(outcome: Outcome, finding: ErasureFinding): void {
  const bound = finding.records - finding.free;
  if (outcome === 'fulfil' && (bound > 0 || finding.records === 0)) throw invalidField('outcome', 'erasure_bound');
  if (outcome === 'partly' && (bound === 0 || finding.free === 0)) throw invalidField('outcome', 'erasure_not_partly');
  if (outcome === 'restrict' && finding.records === 0) throw invalidField('outcome', 'erasure_nothing');
}
