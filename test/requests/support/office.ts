import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { readPolicies } from '../../../src/access/index.js';
import type { Actor } from '../../../src/audit/index.js';
import { newId } from '../../../src/db/index.js';
import { capture } from '../../../src/records/index.js';
import type { GrantOrder, RequestsDeps } from '../../../src/requests/index.js';
import type { SearchDeps } from '../../../src/search/index.js';
import { testArchive, testDraft, type TestArchive } from '../../support/archive.js';

export interface Office {
  archive: TestArchive;
  deps: RequestsDeps;
  /** What was granted, in order. */
  granted: GrantOrder[];
  handedBack: string[];
  /** People of the office; every one of them may be asked to decide what his role decides. */
  hire(role: string, department?: string): Actor;
  leave(actor: Actor): void;
  record(change?: Record<string, unknown>): Promise<string>;
  close(): Promise<void>;
}

/** An archive with people who apply and decide, on a real database; grants are noted instead of given. */
export async function office(): Promise<Office> {
  const archive = await testArchive();
  const rules = await readPolicies(fileURLToPath(new URL('../../../../policies', import.meta.url)), 'default');
  const people: { personId: string; roles: string[]; department: string }[] = [];
  const granted: GrantOrder[] = [];
  const handedBack: string[] = [];
  const deps: RequestsDeps = {
    ...archive.deps,
    rules: () => rules,
    people: { holdersOf: (roles) => Promise.resolve(people.filter((one) => one.roles.some((role) => roles.includes(role)))) },
    // searching is tested over HTTP, with an engine behind it
    search: undefined as unknown as SearchDeps,
    grant(_tx, _actor, order) {
      granted.push(order);
      return Promise.resolve({ id: newId() });
    },
    handBack(_tx, _actor, id) {
      handedBack.push(id);
      return Promise.resolve();
    },
  };
  const clerk = archive.person('records_clerk', 'archive');
  return {
    archive,
    deps,
    granted,
    handedBack,
    hire(role, department = 'hotline') {
      const actor = { ...archive.person(role, department), secondFactor: true, pseudonym: `p-${randomBytes(8).toString('hex')}` };
      people.push({ personId: actor.personId ?? '', roles: [role], department });
      return actor;
    },
    leave(actor) {
      people.splice(0, people.length, ...people.filter((one) => one.personId !== actor.personId));
    },
    async record(change = {}) {
      return (await capture(archive.deps, clerk, { draft: testDraft(change), files: [] } as unknown as Parameters<typeof capture>[2])).id;
    },
    close: () => archive.close(),
  };
}
