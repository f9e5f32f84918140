import { buffer } from 'node:stream/consumers';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { accessControl, revokeGrant } from '../../src/access/index.js';
import type { Actor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import { isCoded } from '../../src/errors/index.js';
import { openReading, readContent, type RecordsDeps } from '../../src/records/index.js';
import { applyForReading, decideRequest, handBackRequest, withdrawRequest, type RequestsDeps } from '../../src/requests/index.js';
import { office, type Office } from './support/office.js';

/** Random sequences; `LANTAI_MODEL_RUNS=10000` is the long run, in pieces with another `LANTAI_MODEL_SEED` each, lanes apart. */
const RUNS = Number(process.env['LANTAI_MODEL_RUNS'] ?? 30);
const SEED = Number(process.env['LANTAI_MODEL_SEED'] ?? 20261127);
/** Sequences that go on beside each other: what one waits for, the log above all, the others need not. */
const LANES = 3;
const HOUR = 3_600_000;
const PEOPLE = 2;
const RECORDS = 2;

/** Records and a clock that no sequence beside it touches. */
interface Lane {
  records: readonly string[];
  clock: { now: Date };
  requests: RequestsDeps;
  archive: RecordsDeps;
}

let o: Office;
let approvers: Record<'head' | 'manager' | 'otherHead', Actor>;
const lanes: Lane[] = [];

async function lane(): Promise<Lane> {
  const records: string[] = [];
  for (let i = 0; i < RECORDS; i++) records.push(await o.record());
  const clock = { now: new Date() };
  const now = (): Date => clock.now;
  const own = { now, access: accessControl(() => o.deps.rules(), now) };
  return { records, clock, requests: { ...o.deps, ...own }, archive: { ...o.archive.deps, ...own } };
}

test.before(async (t) => {
  t.timeout(120_000);
  o = await office();
  approvers = { head: o.hire('supervisor'), manager: o.hire('records_manager', 'archive'), otherHead: o.hire('supervisor', 'field') };
  for (let i = 0; i < LANES; i++) lanes.push(await lane());
  await o.archive.database.owner.run(sql`alter table records disable trigger user`); // restrictions are set behind the program's back
});
test.after.always(() => o?.close());

const nth = fc.nat(2);
const who = fc.nat(PEOPLE - 1);
const what = fc.nat(RECORDS - 1);
const by = fc.constantFrom('head' as const, 'manager' as const, 'otherHead' as const, 'applicant' as const, 'other' as const);
type Step =
  | { do: 'ask'; who: number; on: number[]; days: number; readings: number | null }
  | { do: 'decide'; nth: number; by: 'head' | 'manager' | 'otherHead' | 'applicant' | 'other'; step: number; agree: boolean }
  | { do: 'next'; nth: number }
  | { do: 'withdraw' | 'return' | 'revoke' | 'again'; nth: number }
  | { do: 'wait'; hours: number }
  | { do: 'restrict'; what: number; on: boolean }
  | { do: 'role'; who: number; role: 'none' | 'outside' | 'inside' }
  | { do: 'read'; who: number; what: number };
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      who,
      on: fc.uniqueArray(what, { minLength: 1 }),
      days: fc.integer({ min: 1, max: 3 }),
      readings: fc.constantFrom(null, 1),
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('next' as const), nth }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('decide' as const), nth, by, step: fc.nat(2), agree: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('withdraw' as const, 'return' as const, 'revoke' as const), nth }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 16 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restrict' as const), what, on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('role' as const), who, role: fc.constantFrom('none' as const, 'outside' as const, 'inside' as const) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('read' as const), who, what }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('again' as const), nth }) },
);

interface Asked {
  id: string;
  who: number;
  on: number[];
  state: 'submitted' | 'approved' | 'over';
  /** Which step is open. */
  at: number;
  left: number | null;
  starts: number;
  ends: number;
  live: boolean;
}

/** What came of an act, its code where it was refused. */
const tried = async <T>(work: Promise<T>): Promise<{ done: T } | { code: string }> =>
  work.then(
    (done) => ({ done }),
    (error: unknown) => {
      if (!isCoded(error)) throw error;
      return { code: error.code };
    },
  );

const sums = { granted: 0, skipped: 0, bytes: 0, refused: 0 };

/** Random sequences, one after another, against the model. */
async function walk(t: ExecutionContext, { records, clock, requests, archive }: Lane, runs: number, seed: number): Promise<void> {
  const now = (): number => clock.now.getTime();
  const day = (n: number): string => new Date(now() + n * 24 * HOUR + 8 * HOUR).toISOString().slice(0, 10); // of Asia/Shanghai
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 45 }), async (steps) => {
      await o.archive.database.owner.run(sql`update records set restricted = false where id = any (${records}::uuid[])`);
      const actors = Array.from({ length: PEOPLE }, (): Actor => ({ ...o.archive.person('agent', 'service'), granted: true }));
      const restricted = new Set<number>();
      const asked: Asked[] = [];
      const readings: { id: string; who: number; what: number; of: Asked | null }[] = [];
      const actor = (n: number): Actor => actors[n] as Actor;
      const outside = (n: number): boolean => actor(n).roles.length > 0 && actor(n).department !== 'hotline';
      const inside = (n: number): boolean => actor(n).roles.length > 0 && actor(n).department === 'hotline';
      const lasts = (one: Asked): boolean => one.live && one.starts <= now() && now() < one.ends;

      /** An answer, and whether the model allows it: the open step, by who decides it. */
      const decide = async (one: Asked, person: Actor, at: number, agree: boolean, fits: boolean): Promise<void> => {
        const before = { ...one };
        const result = await tried(decideRequest(requests, person, { requestId: one.id, step: at, agree, reason: '模型' }));
        const may = one.state === 'submitted' && at === one.at && fits;
        if (!may) {
          t.true('code' in result, 'a step was skipped, or answered by somebody who may not');
          if (fits && one.state === 'submitted') t.is('code' in result ? result.code : '', 'wrong_state', 'a skipped step is 409');
          sums.skipped += 1;
          return;
        }
        if (!agree) {
          t.true('done' in result);
          one.state = 'over';
          return;
        }
        if (one.at === 0) {
          t.true('done' in result, JSON.stringify(result));
          one.at = 1;
          return;
        }
        const granted = await o.granted(one.id);
        // what was restricted meanwhile, or whose applicant may nothing any more, may end it; it never widens it
        if (granted === undefined) {
          t.true(one.on.every((record) => restricted.has(record)) || now() >= one.ends, JSON.stringify([result, before]));
          if ('done' in result) one.state = 'over'; // else it is refused, and waits still
          return;
        }
        one.on = one.on.filter((record) => !restricted.has(record)); // what was restricted meanwhile is left out
        t.deepEqual(
          [...granted.records].sort(),
          one.on.map((record) => records[record] as string).sort(),
          'exactly what was applied for and may be read at all',
        );
        t.is(granted.person_id, actor(one.who).personId ?? '');
        one.state = 'approved';
        one.live = true;
        sums.granted += 1;
      };

      for (const one of steps) {
        switch (one.do) {
          case 'ask': {
            if (!outside(one.who) || one.on.some((record) => restricted.has(record))) break;
            const list = one.on.map((record) => records[record] as string);
            const made = await applyForReading(requests, actor(one.who), {
              purpose: 'dispute',
              reason: '模型',
              form: 'view',
              from: day(0),
              to: day(one.days),
              records: list,
              ...(one.readings === null ? {} : { readings: one.readings }),
            });
            t.is(await o.granted(made.id), undefined, 'nothing before the last agreement');
            const row = await o.archive.database.owner.one<{ starts: Date; ends: Date }>(
              sql`select left_starts_at as starts, left_ends_at as ends from requests where id = ${made.id}`,
            );
            const times = { starts: row.starts.getTime(), ends: row.ends.getTime() };
            asked.push({ id: made.id, who: one.who, on: one.on, state: 'submitted', at: 0, left: one.readings, live: false, ...times });
            break;
          }
          case 'next': {
            const open = asked[one.nth];
            if (open) await decide(open, open.at === 0 ? approvers.head : approvers.manager, open.at, true, true);
            break;
          }
          case 'decide': {
            const open = asked[one.nth];
            if (!open) break;
            const person = one.by === 'applicant' ? actor(open.who) : one.by === 'other' ? actor(1 - open.who) : approvers[one.by];
            await decide(open, person, one.step, one.agree, person === (one.step === 0 ? approvers.head : one.step === 1 ? approvers.manager : undefined));
            break;
          }
          case 'withdraw': {
            const open = asked[one.nth];
            if (!open || !outside(open.who)) break;
            const result = await tried(withdrawRequest(requests, actor(open.who), open.id));
            t.is('done' in result, open.state === 'submitted');
            if (open.state === 'submitted') open.state = 'over';
            break;
          }
          case 'return':
          case 'revoke': {
            const open = asked[one.nth];
            if (!open?.live || !outside(open.who)) break;
            const grant = await o.archive.database.owner.one<{ id: string; state: string }>(sql`select id, state from grants where request_id = ${open.id}`);
            if (grant.state !== 'live') break;
            if (one.do === 'revoke') await revokeGrant(archive, approvers.manager, { grantId: grant.id, reason: '模型' });
            else await handBackRequest(requests, actor(open.who), { requestId: open.id, result: 'solved' });
            open.live = false;
            break;
          }
          case 'wait':
            clock.now = new Date(now() + one.hours * HOUR);
            break;
          case 'restrict':
            await o.archive.database.owner.run(sql`update records set restricted = ${one.on} where id = ${records[one.what]}::uuid`);
            if (one.on) restricted.add(one.what);
            else restricted.delete(one.what);
            break;
          case 'role':
            actors[one.who] = { ...actor(one.who), roles: one.role === 'none' ? [] : ['agent'], department: one.role === 'inside' ? 'hotline' : 'service' };
            break;
          case 'read': {
            const person = actor(one.who);
            const usable = asked.filter((each) => each.who === one.who && each.on.includes(one.what) && lasts(each) && each.left !== 0);
            const may = person.roles.length > 0 && !restricted.has(one.what) && (inside(one.who) || usable.length > 0);
            const opened = await tried(openReading(archive, person, { recordId: records[one.what] as string, purpose: 'dispute' }));
            if (!may) t.true('code' in opened, 'a reading that the model forbids');
            if (usable.length > 0 && may) t.true('done' in opened, JSON.stringify(opened));
            if ('code' in opened) {
              sums.refused += 1;
              break;
            }
            const { grant } = await o.archive.database.owner.one<{ grant: string | null }>(
              sql`select g.request_id as grant from readings r left join grants g on g.id = r.grant_id where r.id = ${opened.done.id}`,
            );
            const of = asked.find((each) => each.id === grant) ?? null;
            t.is(of !== null, !inside(one.who), 'by role inside, under an application else');
            if (of !== null) t.true(usable.includes(of));
            if (of?.left !== null && of !== null) of.left = (of.left ?? 0) - 1;
            const got = (await buffer((await readContent(archive, person, { readingId: opened.done.id, kind: 'view' })).body)).length;
            t.true(got > 0);
            sums.bytes += got;
            readings.push({ id: opened.done.id, who: one.who, what: one.what, of });
            break;
          }
          case 'again': {
            const reading = readings[one.nth];
            if (reading === undefined) break;
            const person = actor(reading.who);
            const may =
              person.roles.length > 0 &&
              !restricted.has(reading.what) &&
              (reading.of === null
                ? inside(reading.who) || asked.some((each) => each.who === reading.who && each.on.includes(reading.what) && lasts(each))
                : lasts(reading.of));
            const got = await tried(readContent(archive, person, { readingId: reading.id, kind: 'view' }).then(({ body }) => buffer(body)));
            const bytes = 'done' in got ? got.done.length : 0;
            if (!may) t.is(bytes, 0, 'a byte left that the model forbids');
            if (bytes === 0) sums.refused += 1;
            sums.bytes += bytes;
            break;
          }
        }
      }
    }),
    { numRuns: runs, seed },
  );
}

test('R41 R42 R43 R44: whatever is applied for, answered, revoked, handed back, taken and read in whatever order, no byte leaves that the model forbids', async (t) => {
  t.timeout(3 * HOUR);
  const began = Date.now();
  const share = (i: number): number => Math.floor((RUNS + i) / LANES);
  await Promise.all(lanes.map((one, i) => walk(t, one, share(i), SEED + i)));
  t.true(sums.granted > 0 && sums.skipped > 0 && sums.bytes > 0 && sums.refused > 0, JSON.stringify(sums));
  t.log(`${RUNS} sequences in ${Math.round((Date.now() - began) / 1000)} s: ${JSON.stringify(sums)}`);
});
