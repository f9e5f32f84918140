import type { Actor, Audit } from '../../audit/index.js';
import type { Db } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import type { AccessControl } from '../control.js';
import { endRule, listRows, lockRule, type StandingRow } from './store.js';

/** Standing rules that a list shows. */
export const STANDING_SHOWN = 200;

export interface StandingDeps {
  db: Db;
  audit: Pick<Audit, 'append'>;
  access: AccessControl;
  now(): Date;
}

/** The standing rules, newest first; one entry in the log. */
export async function listStandingRules(deps: StandingDeps, actor: Actor): Promise<StandingRow[]> {
  const { policy } = deps.access.authorize(actor, 'standing.view');
  const rows = await listRows(deps.db, STANDING_SHOWN);
  await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act: 'standing.list',
      subject: { kind: 'list', id: 'standing-rules' },
      decision: 'allow',
      policy,
      facts: { shown: rows.length },
    }),
  );
  return rows;
}

/** Ends a rule early: from the next access on nothing is read under it, and what is open under it is over. */
export async function endStandingRule(deps: StandingDeps, actor: Actor, id: string): Promise<void> {
  const { policy } = deps.access.authorize(actor, 'standing.propose');
  const person = actor.personId;
  if (person === null) throw new CodedError('forbidden');
  await deps.db.tx(async (tx) => {
    const rule = await lockRule(tx, id);
    if (rule === undefined) throw new CodedError('not_found');
    if (rule.state !== 'active') throw new CodedError('wrong_state', { params: { state: rule.state, step: 'end' } });
    await endRule(tx, id, person, deps.now());
    await deps.audit.append(tx, { actor, act: 'standing.end', subject: { kind: 'standing', id }, decision: 'allow', policy });
  });
}
