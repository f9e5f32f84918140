import { randomUUID } from 'node:crypto';
import test from 'ava';
import type { Actor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import { isCoded } from '../../src/errors/index.js';
import { applyForReading, decideMany } from '../../src/requests/index.js';
import { archiveDay } from '../support/day.js';
import { office, type Office } from './support/office.js';

let o: Office;
let agent: Actor;
let manager: Actor;
test.before(async (t) => {
  t.timeout(120_000);
  o = await office();
  agent = o.hire('agent');
  manager = o.hire('records_manager', 'archive');
  o.hire('supervisor');
  o.hire('records_manager', 'archive');
});
test.after.always(() => o?.close());

async function applied(who: Actor): Promise<string> {
  const day = (n: number): string => archiveDay(n, o.archive.clock.now);
  const { id } = await applyForReading(o.deps, who, {
    purpose: 'dispute',
    reason: '核对',
    form: 'view',
    from: day(-1),
    to: day(5),
    records: [await o.record()],
  });
  return id;
}
const why = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing',
    (error: unknown) => (isCoded(error) ? error.code : String(error)),
  );
const logged = async (id: string): Promise<string[]> => {
  const rows = await o.archive.database.owner.many<{ what: string }>(
    sql`select concat(e::jsonb ->> 'act', ' ', e::jsonb ->> 'decision') as what
      from (select entry as e from audit_entries union all select entry from audit_pending) x where e::jsonb -> 'subject' ->> 'id' = ${id} order by 1`,
  );
  return rows.map((row) => row.what);
};

test.serial(
  'R42: many are decided with one answer, each on its own right and on record by itself; what cannot be is said and keeps no other back',
  async (t) => {
    const [first, own, second] = [await applied(agent), await applied(manager), await applied(agent)];
    const over = await applied(agent);
    await decideMany(o.deps, manager, { items: [{ requestId: over, step: 0 }], agree: false, reason: '理由不足' });
    const nobody = randomUUID();
    const items = [
      ...[first, own, nobody, over, second].map((requestId) => ({ requestId, step: 0 })),
      // named twice: decided once
      { requestId: first, step: 0 },
    ];
    const done = await decideMany(o.deps, manager, { items, agree: true, reason: '同意' });
    t.deepEqual(
      done.map((one) => [one.requestId, one.state, one.refused]),
      [
        [first, 'approved', null],
        [own, null, 'same_person'],
        [nobody, null, 'not_found'],
        [over, null, 'wrong_state'],
        [second, 'approved', null],
      ],
    );
    t.deepEqual(
      done.map((one) => one.number !== null),
      [true, true, false, true, true],
    );
    for (const id of [first, second]) {
      t.true((await logged(id)).includes('request.agree allow'));
      t.is((await o.granted(id))?.state, 'live');
    }
    for (const id of [own, nobody, over]) t.true((await logged(id)).includes('request.refused deny'), id);
  },
);

test.serial('R42: without a reason, a second factor or the right nothing is decided', async (t) => {
  const items = [{ requestId: await applied(agent), step: 0 }];
  t.is(await why(decideMany(o.deps, manager, { items, agree: true, reason: ' ' })), 'invalid_field');
  t.is(await why(decideMany(o.deps, manager, { items: [], agree: true, reason: 'x' })), 'invalid_field');
  const many = Array.from({ length: 51 }, () => ({ requestId: randomUUID(), step: 0 }));
  t.is(await why(decideMany(o.deps, manager, { items: many, agree: true, reason: 'x' })), 'invalid_field');
  t.is(await why(decideMany(o.deps, { ...manager, secondFactor: false }, { items, agree: true, reason: 'x' })), 'second_factor_required');
  t.is(await why(decideMany(o.deps, agent, { items, agree: true, reason: 'x' })), 'forbidden');
  t.is((await o.archive.database.owner.one<{ state: string }>(sql`select state from requests where id = ${items[0]?.requestId ?? ''}`)).state, 'submitted');
});
