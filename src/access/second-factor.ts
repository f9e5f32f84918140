import type { Actor } from '../audit/index.js';
import { CodedError } from '../errors/index.js';
import { isAdminRole } from './roles.js';

/** Minutes within which password or code must have been shown for a dangerous act. */
export const RECENT_MINUTES = 10;

/**
 * What an administrator may do before the second factor was shown: keep the own session and enrol. Everything else asks
 * for it, also acts that are made later.
 */
const FREE_FOR_ADMINISTRATORS: ReadonlySet<string> = new Set(['session.own']);

/** Acts that ask everybody for a second factor. An act that no rule gives is refused to everybody anyway. */
const ASKED: ReadonlySet<string> = new Set([
  'role.give',
  'role.confirm',
  'policy.activate',
  'policy.confirm',
  'request.decide',
  'standing.propose',
  'standing.agree',
  'standing.confirm',
  'schedule.consent',
  'copy.certify',
  'appraisal.sign',
  'destruction.approve',
  'destruction.appoint',
  'destruction.check',
  'destruction.execute',
  'destruction.witness',
  'hold.lift',
  'evidence.make',
  'evidence.approve',
  'log.propose_break',
  'log.agree_break',
  'key.propose_end',
  'key.confirm_end',
]);

/** Dangerous acts: whoever does them must have shown password or code within {@link RECENT_MINUTES}. Looking at them asks for less. */
const RECENT: ReadonlySet<string> = new Set([
  'role.give',
  'role.confirm',
  'policy.activate',
  'policy.confirm',
  'destruction.approve',
  'destruction.appoint',
  'destruction.check',
  'destruction.execute',
  'destruction.witness',
  'standing.agree',
  'standing.confirm',
  'key.rotate',
  'log.propose_break',
  'log.agree_break',
  'key.propose_end',
  'key.confirm_end',
]);

/** Whether an act asks this caller for a second factor. Machines show a token instead, and administrators' rights are never theirs. */
export function asksSecondFactor(actor: Pick<Actor, 'kind' | 'roles'>, act: string): boolean {
  if (actor.kind !== 'person') return false;
  return ASKED.has(act) || (actor.roles.some(isAdminRole) && !FREE_FOR_ADMINISTRATORS.has(act));
}

/** Whether doing an act asks for password or code anew. */
export function asksRecent(actor: Pick<Actor, 'kind'>, act: string): boolean {
  return actor.kind === 'person' && RECENT.has(act);
}

/**
 * Throws `second_factor_required` unless the second factor was shown in this session. For what does not follow from the
 * act alone, such as reading what is highly sensitive; acts that always ask for it are refused by `authorize` itself.
 */
export function assertSecondFactor(actor: Pick<Actor, 'kind' | 'secondFactor'>): void {
  if (actor.kind === 'system' || actor.secondFactor) return;
  throw new CodedError('second_factor_required');
}

/** Throws `reauthentication_required` unless password or code were shown in this session within {@link RECENT_MINUTES}: for dangerous acts. */
export function assertRecent(deps: { now(): Date }, actor: Pick<Actor, 'kind' | 'shownAt'>): void {
  if (actor.kind === 'system') return;
  if (actor.shownAt !== null && deps.now().getTime() - actor.shownAt.getTime() <= RECENT_MINUTES * 60_000) return;
  throw new CodedError('reauthentication_required', { params: { minutes: RECENT_MINUTES } });
}
