import { randomUUID } from 'node:crypto';
import { NOBODY_PSEUDONYM, SYSTEM_PSEUDONYM, type Actor } from './types.js';

const NONE = { personId: null, accountId: null, roles: [], department: '', sessionId: null, secondFactor: false, shownAt: null, scopes: [] } as const;

/** A caller who has not signed in. */
export function nobody(request: { address: string | null; requestId: string }): Actor {
  return { ...NONE, kind: 'nobody', pseudonym: NOBODY_PSEUDONYM, ...request };
}

/** The archive itself: jobs, recovery after a crash. Rules give it what they name for it, and nothing else. */
export function systemActor(requestId: string = randomUUID()): Actor {
  return { ...NONE, kind: 'system', roles: ['system'], pseudonym: SYSTEM_PSEUDONYM, address: null, requestId };
}
