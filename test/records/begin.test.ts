import { buffer } from 'node:stream/consumers';
import test from 'ava';
import { endStandingRule } from '../../src/access/index.js';
import type { Actor } from '../../src/audit/index.js';
import { sql, type Db } from '../../src/db/index.js';
import {
  answerRestriction,
  capture,
  openReading,
  proposeRestriction,
  readContent,
  reclassify,
  returnReading,
  type RecordsDeps,
} from '../../src/records/index.js';
import { testArchive, testDraft, type TestArchive } from '../support/archive.js';
import { why } from '../support/why.js';

let archive: TestArchive;
let agent: Actor;
test.before(async () => {
  archive = await testArchive();
  agent = archive.person('agent');
});
test.after.always(() => archive.close());

const opened = async (): Promise<{ record: string; reading: string }> => {
  const { id } = await capture(archive.deps, agent, { draft: testDraft(), files: [] });
  return { record: id, reading: (await openReading(archive.deps, agent, { recordId: id, purpose: 'solve' })).id };
};
const bytes = async (deps: RecordsDeps, reading: string): Promise<number> =>
  (await buffer((await readContent(deps, agent, { readingId: reading, kind: 'view' })).body)).length;
const begun = async (reading: string): Promise<{ accesses: number; entries: number }> =>
  archive.database.owner.one(sql`select (select count(*)::int from accesses where reading_id = ${reading}::uuid) as accesses,
    (select count(*)::int from (select entry from audit_entries union all select entry from audit_pending) e
      where strpos(entry, '"act":"reading.view.begin"') > 0 and strpos(entry, ${reading}) > 0) as entries`);

/** Deps under which something happens between looking and putting the access on record. */
function meanwhile(act: () => Promise<unknown>): RecordsDeps {
  const { audit } = archive.deps;
  let done = false;
  return {
    ...archive.deps,
    audit: {
      ...audit,
      async appendWithin(entry, write) {
        if (!done) await act();
        done = true;
        return audit.appendWithin(entry, write);
      },
    },
  };
}

test.serial('R54: an access is read in one statement and put on record, with its entry, in another', async (t) => {
  const { reading } = await opened();
  await bytes(archive.deps, reading);
  const statements: string[] = [];
  const db = new Proxy(archive.deps.db, {
    get(target, name: keyof Db) {
      if (name !== 'maybe' && name !== 'run' && name !== 'tx' && name !== 'many' && name !== 'one') return target[name];
      return (...args: unknown[]) => {
        statements.push(name);
        return (target[name] as (...all: unknown[]) => unknown)(...args);
      };
    },
  });
  const content = await readContent({ ...archive.deps, db }, agent, { readingId: reading, kind: 'view' });
  t.deepEqual(statements, ['maybe', 'maybe', 'one'], 'and asked once more what it is under, when the key is there');
  await buffer(content.body);
});

test.serial('R54: what changes between looking and the entry is seen: no byte, no access, no entry, and the refusal on record', async (t) => {
  const officer = archive.person('compliance_officer', 'compliance');
  const manager = archive.person('records_manager', 'archive');
  const changes: [string, (one: { record: string; reading: string }) => Promise<unknown>, string][] = [
    ['handed back', ({ reading }) => returnReading(archive.deps, agent, { readingId: reading, result: 'solved' }), 'reading_expired'],
    [
      'restricted',
      async ({ record }) => {
        const { id } = await proposeRestriction(archive.deps, officer, { ground: 'objection', reason: '客户来函', records: [record] });
        await answerRestriction(archive.deps, manager, { id, agree: true });
      },
      'reading_expired',
    ],
    ['raised', ({ record }) => reclassify(archive.deps, manager, { recordId: record, sensitivity: 'highly_sensitive' }), 'not_found'],
  ];
  for (const [what, change, code] of changes) {
    const one = await opened();
    t.is(
      await why(
        bytes(
          meanwhile(() => change(one)),
          one.reading,
        ),
      ),
      code,
      what,
    );
    t.deepEqual(await begun(one.reading), { accesses: 0, entries: 0 }, what);
    const { n } = await archive.database.owner.one<{
      n: number;
    }>(sql`select count(*)::int as n from (select entry from audit_entries union all select entry from audit_pending) e
      where strpos(entry, '"act":"reading.refused"') > 0 and strpos(entry, ${one.reading}) > 0`);
    t.is(n, 1, what);
  }
});

test.serial('R54: two accesses under one reading at once are both on record', async (t) => {
  const { reading } = await opened();
  const all = await Promise.all([1, 2, 3, 4].map(() => bytes(archive.deps, reading)));
  t.true(all.every((one) => one > 0));
  t.deepEqual(await begun(reading), { accesses: 4, entries: 4 });
  const other = meanwhile(() => bytes(archive.deps, reading));
  t.true((await bytes(other, reading)) > 0, 'one that was overtaken goes the longer way');
  t.deepEqual(await begun(reading), { accesses: 6, entries: 6 });
});

test.serial('R41: a standing rule that ends in between lets nothing out', async (t) => {
  const one = await opened();
  const manager = archive.person('records_manager', 'archive');
  t.is(
    await why(
      bytes(
        meanwhile(() => endStandingRule(archive.deps, manager, 'internal.1')),
        one.reading,
      ),
    ),
    'reading_expired',
  );
  t.deepEqual(await begun(one.reading), { accesses: 0, entries: 0 });
});
