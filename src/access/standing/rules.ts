import type { Actor, Audit } from '../../audit/index.js';
import type { Db } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import type { AccessControl } from '../control.js';
import { endsSoonBy } from './keep.js';
import { refusedStanding } from './refused.js';
import { countEnding, countWaiting, endRules, findRule, inForceNow, lockRule, pageOfRules, readingsUnder, type StandingRow } from './store.js';

/** Standing rules of a page of the list. */
export const STANDING_SHOWN = 50;
/** Readings under a rule are counted up to so many, of so many days. */
export const STANDING_COUNTED = 10_000;
export const STANDING_COUNTED_DAYS = 30;

export interface StandingDeps {
  db: Db;
  audit: Pick<Audit, 'append'>;
  access: AccessControl;
  now(): Date;
}

export const STANDING_STATES = ['proposed', 'agreed', 'active', 'ended', 'refused'] as const;

export interface StandingListOptions {
  /** In force or yet to begin, waiting for somebody, or over. */
  which?: 'active' | 'waiting' | 'over' | undefined;
  after?: { at: Date; id: string } | null | undefined;
}

/** A page of the standing rules, the newest first; one entry in the log. */
export async function listStandingRules(
  deps: StandingDeps,
  actor: Actor,
  options: StandingListOptions = {},
): Promise<{ items: StandingRow[]; next: { at: Date; id: string } | null }> {
  const { policy } = deps.access.authorize(actor, 'standing.view');
  const rows = await pageOfRules(deps.db, { which: options.which, after: options.after ?? null, limit: STANDING_SHOWN + 1 });
  const items = rows.slice(0, STANDING_SHOWN);
  await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act: 'standing.list',
      subject: { kind: 'list', id: 'standing-rules' },
      decision: 'allow',
      policy,
      facts: { shown: items.length },
    }),
  );
  const last = items.at(-1);
  return { items, next: rows.length > STANDING_SHOWN && last !== undefined ? { at: last.proposed_at, id: last.id } : null };
}

export interface StandingView extends StandingRow {
  /** The version of the same name that is in force, where it is another one. */
  former: StandingRow | null;
  /** Readings opened under it in the last thirty days, counted up to ten thousand. */
  readings: number;
  /** In force, and over within thirty days, with no other version waiting or confirmed. */
  endsSoon: boolean;
}

/** One standing rule, with what it changes against the version in force. */
export async function standingView(deps: StandingDeps, actor: Actor, id: string): Promise<StandingView> {
  const { policy } = deps.access.authorize(actor, 'standing.view');
  const rule = await findRule(deps.db, id);
  if (rule === undefined) return refusedStanding(deps, actor, { id, step: 'view' }, new CodedError('not_found'));
  const now = deps.now();
  const former = (await inForceNow(deps.db, rule.name, now)) ?? null;
  const readings = await readingsUnder(deps.db, id, new Date(now.getTime() - STANDING_COUNTED_DAYS * 86_400_000), STANDING_COUNTED);
  await deps.db.tx((tx) => deps.audit.append(tx, { actor, act: 'standing.view', subject: { kind: 'standing', id }, decision: 'allow', policy }));
  return {
    ...rule,
    former: former?.id === id ? null : former,
    readings,
    endsSoon: rule.state === 'active' && rule.ends_on <= endsSoonBy(now) && rule.ends_on > now,
  };
}

/** What waits for this person: rules whose next step is his, and rules of the archive that end soon. For the home page. */
export async function standingWaits(deps: Pick<StandingDeps, 'db' | 'access' | 'now'>, actor: Actor): Promise<{ decide: number; ending: number }> {
  const may = { agree: deps.access.mayNow(actor, 'standing.agree'), confirm: deps.access.mayNow(actor, 'standing.confirm') };
  return {
    decide: may.agree || may.confirm ? await countWaiting(deps.db, actor.personId, may) : 0,
    ending: deps.access.mayEver(actor, 'standing.propose') ? await countEnding(deps.db, deps.now(), endsSoonBy(deps.now())) : 0,
  };
}

/** Ends a rule early: from the next access on nothing is read under it, and what is open under it is over. */
export async function endStandingRule(deps: StandingDeps, actor: Actor, id: string): Promise<void> {
  const { policy } = deps.access.authorize(actor, 'standing.propose');
  const person = actor.personId;
  if (person === null) throw new CodedError('forbidden');
  const done = deps.db.tx(async (tx) => {
    const rule = await lockRule(tx, id);
    if (rule === undefined) throw new CodedError('not_found');
    if (rule.state !== 'active') throw new CodedError('wrong_state', { params: { state: rule.state, step: 'end' } });
    await endRules(tx, [id], person, deps.now());
    await deps.audit.append(tx, { actor, act: 'standing.end', subject: { kind: 'standing', id }, decision: 'allow', policy });
  });
  await done.catch((error: unknown) => refusedStanding(deps, actor, { id, step: 'end' }, error));
}
