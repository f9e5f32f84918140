import type { Actor } from '../../../src/audit/index.js';
import { dayOf, formatDay } from '../../../src/classification/index.js';
import { sql } from '../../../src/db/index.js';
import { makeHold, type HoldInput, type HoldsDeps, type HoldWay } from '../../../src/disposition/index.js';
import { capture } from '../../../src/records/index.js';
import type { SearchDeps } from '../../../src/search/index.js';
import { synonymsOf } from '../../../src/search/index.js';
import { testArchive, testDraft, type TestArchive } from '../../support/archive.js';

export interface HoldOffice {
  archive: TestArchive;
  deps: HoldsDeps;
  agent: Actor;
  legal: Actor;
  compliance: Actor;
  manager: Actor;
  supervisor: Actor;
  take(change?: Record<string, unknown>): Promise<string>;
  make(who: Actor, way: HoldWay, input: Partial<HoldInput>): Promise<{ id: string; number: string; records: number }>;
  held(id: string): Promise<boolean>;
  /** Acts of the log that speak of something, with how they ended. */
  told(of: string): Promise<Set<string>>;
  /** Runs a statement as the program's own role, with an entry in the log beside it. */
  straight(statement: ReturnType<typeof sql>): Promise<number>;
  close(): Promise<void>;
}

/** A day of the archive, so many days from now. */
export const dayAhead = (deps: Pick<HoldsDeps, 'now' | 'settings'>, days: number): string =>
  formatDay(dayOf(new Date(deps.now().getTime() + days * 86_400_000), deps.settings.zone));

/** An archive with the people who set and lift holds, on a real database with a folder as its store. */
export async function holdOffice(): Promise<HoldOffice> {
  const archive = await testArchive();
  const hire = (role: string, department: string): Actor => ({ ...archive.person(role, department), secondFactor: true });
  const people = {
    agent: hire('agent', 'hotline'),
    legal: hire('legal', 'legal'),
    compliance: hire('compliance_officer', 'compliance'),
    manager: hire('records_manager', 'archive'),
    supervisor: hire('supervisor', 'hotline'),
  };
  const list = Object.values(people).map((one) => ({ personId: one.personId ?? '', roles: [...one.roles], department: one.department }));
  const search = {
    ...archive.deps,
    synonyms: synonymsOf([]),
    departments: () => Promise.resolve([{ code: 'hotline', names: { zh: '热线部', en: 'Hotline' } }]),
  } as unknown as SearchDeps; // no engine: holds are answered by the catalogue alone
  const deps: HoldsDeps = {
    ...archive.deps,
    store: archive.store,
    people: { holdersOf: (roles) => Promise.resolve(list.filter((one) => one.roles.some((role) => roles.includes(role)))) },
    search,
  };
  return {
    archive,
    deps,
    ...people,
    take: async (change = {}) => (await capture(archive.deps, people.manager, { draft: testDraft(change), files: [] })).id,
    make: (who, way, input) =>
      makeHold(deps, who, way, { matter: 'lawsuit', reason: '客户起诉，须保全', ...(way === 'freeze' ? {} : { reviewOn: dayAhead(deps, 90) }), ...input }),
    held: async (id) => (await archive.database.owner.one<{ held: boolean }>(sql`select held from records where id = ${id}`)).held,
    async told(of) {
      const rows = await archive.database.owner.many<{ act: string; decision: string }>(
        sql`select e::jsonb ->> 'act' as act, e::jsonb ->> 'decision' as decision from (select entry as e from audit_entries union all select entry from audit_pending) x where e like ${`%${of}%`}`,
      );
      return new Set(rows.map((one) => `${one.act} ${one.decision}`));
    },
    straight: (statement) =>
      archive.deps.db.tx(async (tx) => {
        await archive.deps.audit.append(tx, { actor: people.agent, act: 'test.straight', subject: { kind: 'list', id: 'test' }, decision: 'allow' });
        return tx.run(statement);
      }),
    close: () => archive.close(),
  };
}
