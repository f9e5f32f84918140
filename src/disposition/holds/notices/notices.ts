import type { Actor } from '../../../audit/index.js';
import type { Tx } from '../../../db/index.js';
import type { HoldsDeps } from '../deps.js';
import type { HoldNotice } from '../values.js';
import { insertNotices, unseenOf } from './store.js';
import { dayText } from '../../../records/index.js';

/** Notices shown at once. */
const SHOWN = 20;

export type Send = (tx: Tx, hold: string, kind: HoldNotice, at: Date) => Promise<unknown>;

/** Tells persons of a hold in the transaction of the act; never the one who acts. */
export function noticesTo(deps: Pick<HoldsDeps, 'settings'>, persons: readonly string[], but: string | null): Send {
  const others = [...new Set(persons)].filter((one) => one !== but);
  return async (tx, hold, kind, at) => {
    if (others.length > 0) await insertNotices(tx, hold, kind, others, at, dayText(at, deps.settings.zone));
  };
}

/** The same for everybody who holds one of some roles, as they are now. */
export async function noticesToRoles(deps: Pick<HoldsDeps, 'settings' | 'people'>, roles: readonly string[], but: string | null): Promise<Send[]> {
  return [
    noticesTo(
      deps,
      (await deps.people.holdersOf(roles)).map((one) => one.personId),
      but,
    ),
  ];
}

export interface HoldTold {
  holdId: string;
  number: string;
  kind: HoldNotice;
  at: string;
}

/** What one was told of holds and has not seen yet, the oldest first; it is seen with the hold. */
export async function holdNotices(deps: HoldsDeps, actor: Actor): Promise<HoldTold[]> {
  if (actor.personId === null || !(['hold.view', 'hold.propose'] as const).some((right) => deps.access.decide(actor, right).allow)) return [];
  const rows = await unseenOf(deps.db, actor.personId, SHOWN);
  return rows.map((row) => ({ holdId: row.hold_id, number: row.number, kind: row.kind, at: row.made_at.toISOString() }));
}
