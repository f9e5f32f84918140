import type { Act } from '../acts.js';
import type { Actor } from '../../audit/index.js';
import { constraintOf, type Tx } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import { assertSeen, closeChange, notSeen } from '../changes-first/gate.js';
import { assertSecondFactor } from '../second-factor.js';
import { standingDays } from './rule.js';
import { refusedStanding } from './refused.js';
import type { StandingDeps } from './rules.js';
import { agreeRule, confirmedBefore, confirmRule, endRules, lockRule, refuseRule, type StandingRow } from './store.js';

type Step = 'agree' | 'confirm' | 'refuse';

/** The database refuses the same; what a race let through comes back as the same error. */
function coded(error: unknown): unknown {
  switch (constraintOf(error)) {
    case 'standing_three_persons':
    case 'standing_seen_by_another':
      return new CodedError('same_person');
    case 'standing_agreed_by_security':
      return new CodedError('forbidden');
    default:
      return notSeen(error) ?? error;
  }
}

async function step(
  deps: StandingDeps,
  actor: Actor,
  about: { id: string; step: Step; from: readonly StandingRow['state'][] },
  act: (tx: Tx, rule: StandingRow, by: string) => Promise<void>,
): Promise<void> {
  const by = actor.personId;
  if (by === null) throw new CodedError('forbidden');
  const done = deps.db.tx(async (tx) => {
    const rule = await lockRule(tx, about.id);
    if (rule === undefined) throw new CodedError('not_found');
    if (!about.from.includes(rule.state)) throw new CodedError('wrong_state', { params: { state: rule.state, step: about.step } });
    await act(tx, rule, by);
  });
  await done.catch((error: unknown) => refusedStanding(deps, actor, about, coded(error)));
}

/** The security administrator agrees to a proposed rule; it acts only once another person has confirmed it. */
export async function agreeStanding(deps: StandingDeps, actor: Actor, id: string): Promise<void> {
  const { policy } = deps.access.authorize(actor, 'standing.agree');
  await step(deps, actor, { id, step: 'agree', from: ['proposed'] }, async (tx, rule, by) => {
    if (rule.proposed_by === by) throw new CodedError('same_person');
    await agreeRule(tx, id, by, deps.now());
    await deps.audit.append(tx, { actor, act: 'standing.agree', subject: { kind: 'standing', id }, decision: 'allow', policy, facts: { digest: rule.digest } });
  });
}

/**
 * Puts a rule in force: another person than those who proposed, agreed to and saw it. The former version of its name ends at this
 * moment, or on the day on which this one begins.
 * @throws `not_seen_yet` until the audit administrator has seen it
 */
export async function confirmStanding(deps: StandingDeps, actor: Actor, id: string): Promise<void> {
  const { policy } = deps.access.authorize(actor, 'standing.confirm');
  await step(deps, actor, { id, step: 'confirm', from: ['agreed'] }, async (tx, rule, by) => {
    const at = deps.now();
    if (rule.ends_on <= at) throw new CodedError('wrong_state', { params: { state: 'ended', step: 'confirm' } });
    if ([rule.proposed_by, rule.agreed_by, rule.seen_by].includes(by)) throw new CodedError('same_person');
    await assertSeen(tx, rule.change_id ?? '');
    if (rule.starts_on <= at) await endFormer(tx, deps, actor, rule, by);
    await confirmRule(tx, id, by, at);
    await deps.audit.append(tx, {
      actor,
      act: 'standing.confirm',
      subject: { kind: 'standing', id },
      decision: 'allow',
      policy,
      facts: { digest: rule.digest, ...standingDays(rule) },
    });
  });
}

/** Ends what a rule that begins follows, on record: older versions of its name that are still in force. */
export async function endFormer(tx: Tx, deps: StandingDeps, actor: Actor, rule: Pick<StandingRow, 'id' | 'name'>, by: string | null): Promise<void> {
  const former = await confirmedBefore(tx, rule.name, rule.id);
  if (former.length === 0) return;
  await endRules(tx, former, by, deps.now());
  for (const id of former)
    await deps.audit.append(tx, { actor, act: 'standing.end', subject: { kind: 'standing', id }, decision: 'allow', facts: { follows: rule.id } });
}

/** Refuses a rule that waits; open to whoever may agree or confirm, and to whoever proposed it, with the second factor that their own step asks for. */
export async function refuseStanding(deps: StandingDeps, actor: Actor, id: string): Promise<void> {
  const may = (act: Act): boolean => deps.access.decide(actor, act).allow;
  await step(deps, actor, { id, step: 'refuse', from: ['proposed', 'agreed'] }, async (tx, rule, by) => {
    const own = rule.proposed_by === by;
    if (own) assertSecondFactor(actor);
    else deps.access.authorize(actor, may('standing.agree') ? 'standing.agree' : 'standing.confirm');
    await closeChange(tx, rule.change_id ?? '', deps.now());
    await refuseRule(tx, id, by, deps.now());
    await deps.audit.append(tx, {
      actor,
      act: 'standing.refuse',
      subject: { kind: 'standing', id },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { digest: rule.digest, own },
    });
  });
}
