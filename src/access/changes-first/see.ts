import { z } from 'zod';
import { systemActor, type Actor, type Audit } from '../../audit/index.js';
import type { Db } from '../../db/index.js';
import { check, CodedError } from '../../errors/index.js';
import type { AccessControl } from '../control.js';
import type { ChangeKind } from './kinds.js';
import { countUnseen, lockChange, markReminded, markSeen, overdueChanges, unseenChanges } from './store.js';

export interface ChangesDeps {
  db: Db;
  audit: Pick<Audit, 'append'>;
  access: Pick<AccessControl, 'authorize'>;
  /** A change that stood unseen for so many hours is put in front again, and again after as many. */
  waitHours: number;
  now(): Date;
}

/** A change as it stands in front of the audit administrator. */
export interface WaitingChange {
  id: string;
  kind: ChangeKind;
  facts: Readonly<Record<string, string>>;
  proposedBy: string | null;
  proposedAt: Date;
  /** Whether it has waited longer than it should. */
  overdue: boolean;
}

const changeId = z.uuid({ error: 'not_a_uuid' });
const HOUR = 3_600_000;
/** How many are shown at once; what was seen makes room for the rest. */
const SHOWN = 200;

/** Changes that no audit administrator has seen yet, the longest waiting first; at most 200. */
export async function listChanges(deps: ChangesDeps, actor: Actor): Promise<WaitingChange[]> {
  const { policy } = deps.access.authorize(actor, 'change.see');
  const before = new Date(deps.now().getTime() - deps.waitHours * HOUR);
  return deps.db.tx(async (tx) => {
    const rows = await unseenChanges(tx, SHOWN);
    await deps.audit.append(tx, {
      actor,
      act: 'change.list',
      subject: { kind: 'list', id: 'changes' },
      decision: 'allow',
      policy,
      facts: { shown: rows.length },
    });
    return rows.map((row) => ({
      id: row.id,
      kind: row.kind,
      facts: row.facts,
      proposedBy: row.proposed_by,
      proposedAt: row.proposed_at,
      overdue: row.proposed_at <= before,
    }));
  });
}

/** How many wait to be seen. */
export async function countChanges(deps: Pick<ChangesDeps, 'db' | 'access'>, actor: Actor): Promise<number> {
  deps.access.authorize(actor, 'change.see');
  return countUnseen(deps.db);
}

/**
 * The audit administrator has seen a change: from now on a second person may put it in force. That he saw it is no approval.
 * @throws `wrong_state` when it was seen before or waits no longer, `same_person` for whoever proposed it
 */
export async function seeChange(deps: ChangesDeps, actor: Actor, input: { id: string }): Promise<void> {
  const { policy } = deps.access.authorize(actor, 'change.see');
  const personId = actor.personId;
  if (personId === null) throw new CodedError('forbidden', { detail: 'only a person sees a change' });
  const id = check(changeId, input.id, 'id');
  await deps.db.tx(async (tx) => {
    const row = await lockChange(tx, id);
    if (row === undefined) throw new CodedError('not_found');
    if (row.seen_at !== null || row.closed_at !== null) throw new CodedError('wrong_state');
    if (row.proposed_by === personId) throw new CodedError('same_person');
    await markSeen(tx, id, personId, deps.now());
    await deps.audit.append(tx, { actor, act: 'change.see', subject: { kind: 'change', id }, decision: 'allow', policy, facts: { kind: row.kind } });
  });
}

/** Puts changes that stand unseen for too long in front again, on record. They are never applied by waiting. Gives how many. */
export async function remindOfChanges(deps: ChangesDeps): Promise<number> {
  const now = deps.now();
  return deps.db.tx(async (tx) => {
    const rows = await overdueChanges(tx, new Date(now.getTime() - deps.waitHours * HOUR));
    if (rows.length === 0) return 0;
    await markReminded(
      tx,
      rows.map((row) => row.id),
      now,
    );
    for (const row of rows)
      await deps.audit.append(tx, {
        actor: systemActor('changes'),
        act: 'change.remind',
        subject: { kind: 'change', id: row.id },
        decision: 'allow',
        facts: { kind: row.kind },
      });
    return rows.length;
  });
}
