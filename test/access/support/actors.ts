import type { Actor } from '../../../src/audit/index.js';

/** An actor as a session would give it. */
export function person(roles: readonly string[], more: Partial<Actor> = {}): Actor {
  return {
    kind: 'person',
    personId: '00000000-0000-7000-8000-000000000001',
    accountId: '00000000-0000-7000-8000-0000000000a1',
    pseudonym: 'p-test',
    roles,
    department: 'hotline',
    sessionId: '00000000-0000-7000-8000-0000000000f1',
    secondFactor: true,
    shownAt: new Date(),
    scopes: [],
    address: null,
    requestId: 'r-test',
    ...more,
  };
}

export function machine(scopes: readonly string[], more: Partial<Actor> = {}): Actor {
  return person([], { kind: 'integration', personId: null, accountId: null, scopes, ...more });
}
