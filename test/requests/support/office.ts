import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { readPolicies } from '../../../src/access/index.js';
import type { Actor } from '../../../src/audit/index.js';
import { sql } from '../../../src/db/index.js';
import { capture } from '../../../src/records/index.js';
import type { RequestsDeps } from '../../../src/requests/index.js';
import type { SearchDeps } from '../../../src/search/index.js';
import { testArchive, testDraft, type TestArchive } from '../../support/archive.js';

export interface Granted {
  kind: string;
  person_id: string;
  acts: string[];
  readings_left: number | null;
  state: string;
  supervised_for: string;
  records: string[];
}

export interface Office {
  archive: TestArchive;
  deps: RequestsDeps;
  /** What an application gave, as the grants know it. */
  granted(requestId: string): Promise<Granted | undefined>;
  /** People of the office; every one of them may be asked to decide what his role decides. */
  hire(role: string, department?: string): Actor;
  leave(actor: Actor): void;
  record(change?: Record<string, unknown>): Promise<string>;
  close(): Promise<void>;
}

/** An archive with people who apply and decide, on a real database. */
export async function office(): Promise<Office> {
  const archive = await testArchive();
  const rules = await readPolicies(fileURLToPath(new URL('../../../../policies', import.meta.url)), 'default');
  const people: { personId: string; roles: string[]; department: string }[] = [];
  const deps: RequestsDeps = {
    ...archive.deps,
    rules: () => rules,
    people: { holdersOf: (roles) => Promise.resolve(people.filter((one) => one.roles.some((role) => roles.includes(role)))) },
    // searching is tested over HTTP, with an engine behind it
    search: undefined as unknown as SearchDeps,
  };
  const clerk = archive.person('records_clerk', 'archive');
  return {
    archive,
    deps,
    granted: (requestId) =>
      archive.database.owner.maybe<Granted>(
        sql`select g.kind, g.person_id, g.acts, g.readings_left, g.state, g.supervised_for, (select array_agg(record_id) from grant_records x where x.grant_id = g.id) as records from grants g where g.request_id = ${requestId}`,
      ),
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
