import type { Actor } from '../audit/index.js';

const NONE = { personId: null, accountId: null, roles: [], department: '', sessionId: null, secondFactor: false, scopes: [] } as const;

/** The machine itself: commands and jobs. What it may do stands in the policy of the role `system`. */
export function systemActor(requestId: string): Actor {
  return Object.freeze({ ...NONE, kind: 'system', pseudonym: 'system', roles: ['system'], address: null, requestId });
}

/** Whoever has not shown who they are. No rule gives nobody anything. */
export function nobody(requestId: string, address: string | null): Actor {
  return Object.freeze({ ...NONE, kind: 'nobody', pseudonym: 'nobody', address, requestId });
}
