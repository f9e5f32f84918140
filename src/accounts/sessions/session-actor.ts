import type { Actor } from '../../audit/index.js';
import type { Origin } from '../deps.js';
import type { SessionRow } from './store.js';

/** The person behind a session, as the rest of the program sees them. Frozen: nobody gains a role on the way. */
export function sessionActor(
  row: Pick<SessionRow, 'id' | 'account_id' | 'person_id' | 'pseudonym' | 'department' | 'roles' | 'second_factor_at' | 'shown_at'> &
    Partial<Pick<SessionRow, 'granted' | 'locked_to' | 'locked_application'>>,
  origin: Origin,
): Actor {
  return Object.freeze({
    kind: 'person',
    personId: row.person_id,
    accountId: row.account_id,
    pseudonym: row.pseudonym,
    roles: Object.freeze([...row.roles]),
    department: row.department,
    sessionId: row.id,
    granted: row.granted ?? false,
    secondFactor: row.second_factor_at !== null,
    shownAt: row.shown_at,
    ...(row.locked_to ? { locked: Object.freeze({ visit: row.locked_to, application: row.locked_application ?? '' }) } : {}),
    scopes: Object.freeze([]),
    address: origin.address,
    requestId: origin.requestId,
  });
}
