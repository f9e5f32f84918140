import { buffer } from 'node:stream/consumers';
import test from 'ava';
import fc from 'fast-check';
import { handBackGrant, issueGrant, revokeGrant } from '../../src/access/index.js';
import type { Actor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import { isCoded } from '../../src/errors/index.js';
import { capture, openReading, readContent } from '../../src/records/index.js';
import { testArchive, testDraft, type TestArchive } from '../support/archive.js';

/** Random sequences; `LANTAI_MODEL_RUNS=10000` is the long run. */
const RUNS = Number(process.env['LANTAI_MODEL_RUNS'] ?? 60);
/** Another one draws other sequences: the long run can be made in pieces. */
const SEED = Number(process.env['LANTAI_MODEL_SEED'] ?? 20261127);
const MINUTE = 60_000;
const PEOPLE = 2;
const RECORDS = 3;

let archive: TestArchive;
let manager: Actor;
const records: string[] = [];
test.before(async () => {
  archive = await testArchive();
  manager = archive.person('records_manager', 'archive');
  const author = archive.person('agent');
  for (let i = 0; i < RECORDS; i++) records.push((await capture(archive.deps, author, { draft: testDraft({ sensitivity: 'sensitive' }), files: [] })).id);
  await archive.database.owner.run(sql`alter table records disable trigger user`); // restrictions are set behind the program's back
});
test.after.always(() => archive.close());

const who = fc.nat(PEOPLE - 1);
const what = fc.nat(RECORDS - 1);
type Step =
  | { do: 'give'; who: number; on: number[]; minutes: number; readings: number | null }
  | { do: 'revoke' | 'return' | 'again'; nth: number }
  | { do: 'wait'; minutes: number }
  | { do: 'restrict'; what: number; on: boolean }
  | { do: 'role'; who: number; role: 'none' | 'outside' | 'inside' }
  | { do: 'read'; who: number; what: number };
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('give' as const),
      who,
      on: fc.uniqueArray(what, { minLength: 1 }),
      minutes: fc.integer({ min: 1, max: 90 }),
      readings: fc.constantFrom(null, 1, 2),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('revoke' as const, 'return' as const), nth: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 50 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restrict' as const), what, on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('role' as const), who, role: fc.constantFrom('none' as const, 'outside' as const, 'inside' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('read' as const), who, what }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('again' as const), nth: fc.nat(5) }) },
);

interface Given {
  id: string;
  who: number;
  on: number[];
  ends: number;
  left: number | null;
  live: boolean;
}

test('R41 R42 R43 R44: no random sequence of grants, ends, roles, restrictions and readings lets a byte out that the model forbids', async (t) => {
  let bytesOut = 0;
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      await archive.database.owner.run(sql`update records set restricted = false where id = any (${records}::uuid[])`);
      const actors = Array.from({ length: PEOPLE }, (): Actor => ({ ...archive.person('agent', 'service'), granted: true }));
      const restricted = new Set<number>();
      const grants: Given[] = [];
      const readings: { id: string; who: number; what: number; grant: Given | null }[] = [];
      const now = (): number => archive.clock.now.getTime();
      const lasts = (one: Given): boolean => one.live && one.ends > now();
      const reaches = (one: Given, person: number, record: number): boolean => one.who === person && one.on.includes(record) && lasts(one);
      const counts = (person: number): boolean => (actors[person]?.roles.length ?? 0) > 0;
      const inside = (person: number): boolean => actors[person]?.department === 'hotline';
      const read = async (id: string, person: number): Promise<number> => {
        try {
          return (await buffer((await readContent(archive.deps, actors[person] as Actor, { readingId: id, kind: 'view' })).body)).length;
        } catch (error) {
          if (!isCoded(error)) throw error;
          return 0;
        }
      };
      for (const one of steps) {
        switch (one.do) {
          case 'give': {
            const on = one.on.filter((record) => !restricted.has(record));
            if (on.length === 0) break;
            const endsAt = new Date(now() + one.minutes * MINUTE);
            const { id } = await archive.deps.db.tx((tx) =>
              issueGrant(tx, archive.deps, manager, {
                kind: 'internal',
                personId: actors[one.who]?.personId ?? '',
                recordIds: on.map((record) => records[record] as string),
                acts: ['view'],
                purpose: 'solve',
                startsAt: archive.clock.now,
                endsAt,
                readings: one.readings,
                requestId: null,
              }),
            );
            grants.push({ id, who: one.who, on, ends: endsAt.getTime(), left: one.readings, live: true });
            break;
          }
          case 'revoke':
          case 'return': {
            const grant = grants[one.nth];
            if (!grant?.live) break;
            if (one.do === 'revoke') await revokeGrant(archive.deps, manager, { grantId: grant.id, reason: 'model' });
            else await handBackGrant(archive.deps, actors[grant.who] as Actor, { grantId: grant.id, result: 'solved' });
            grant.live = false;
            break;
          }
          case 'wait':
            archive.clock.now = new Date(now() + one.minutes * MINUTE);
            break;
          case 'restrict':
            await archive.database.owner.run(sql`update records set restricted = ${one.on} where id = ${records[one.what]}::uuid`);
            if (one.on) restricted.add(one.what);
            else restricted.delete(one.what);
            break;
          case 'role':
            actors[one.who] = {
              ...(actors[one.who] as Actor),
              roles: one.role === 'none' ? [] : ['agent'],
              department: one.role === 'inside' ? 'hotline' : 'service',
            };
            break;
          case 'read': {
            const may = counts(one.who) && !restricted.has(one.what);
            const usable = grants
              .filter((grant) => reaches(grant, one.who, one.what) && grant.left !== 0)
              .sort((a, b) => Number(a.left !== null) - Number(b.left !== null) || b.ends - a.ends || (a.id < b.id ? -1 : 1));
            const grant = inside(one.who) ? null : usable[0];
            const opened = await openReading(archive.deps, actors[one.who] as Actor, { recordId: records[one.what] as string, purpose: 'solve' }).catch(
              (error: unknown) => {
                if (!isCoded(error)) throw error;
                return undefined;
              },
            );
            t.is(opened !== undefined, may && grant !== undefined, 'a reading opens exactly where the model allows it');
            if (opened === undefined || grant === undefined) {
              refused++;
              break;
            }
            if (grant !== null && grant.left !== null) grant.left--;
            const got = await read(opened.id, one.who);
            t.true(got > 0);
            bytesOut += got;
            readings.push({ id: opened.id, who: one.who, what: one.what, grant });
            break;
          }
          case 'again': {
            const reading = readings[one.nth];
            if (reading === undefined) break;
            const may =
              counts(reading.who) &&
              !restricted.has(reading.what) &&
              (reading.grant === null ? inside(reading.who) || grants.some((grant) => reaches(grant, reading.who, reading.what)) : lasts(reading.grant));
            const got = await read(reading.id, reading.who);
            if (!may) t.is(got, 0, 'a byte left that the model forbids');
            if (got === 0) refused++;
            bytesOut += got;
            break;
          }
        }
      }
    }),
    { numRuns: RUNS, seed: SEED },
  );
  t.true(bytesOut > 0 && refused > 0, 'both happened');
  t.log(`${RUNS} sequences, ${bytesOut} bytes, ${refused} refusals`);
});
