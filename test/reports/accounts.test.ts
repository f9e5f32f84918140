import test from 'ava';
import type { Actor } from '../../src/audit/index.js';
import { newId, sql } from '../../src/db/index.js';
import { exportAccountReview, listAccountReview, makeReport, recompute } from '../../src/reports/index.js';
import { why } from '../support/why.js';
import { archiveDay } from '../support/day.js';
import { testReports, type TestReports } from './support.js';

let one: TestReports;
test.before(async () => (one = await testReports()));
test.after.always(() => one.close());

const DAY = 86_400_000;

interface Made {
  state: 'invited' | 'active' | 'sleeping' | 'disabled';
  created: number;
  used?: number;
  left?: number;
  role?: boolean;
  session?: boolean;
}

/** An account as the tables hold it, days ago. */
async function account(username: string, made: Made): Promise<string> {
  const { owner } = one.archive.database;
  const ago = (days: number | undefined): Date | null => (days === undefined ? null : new Date(one.archive.clock.now.getTime() - days * DAY));
  const person = await one.person('agent');
  const id = newId();
  await owner.run(sql`alter table accounts disable trigger user`);
  await owner.run(sql`alter table role_grants disable trigger user`);
  await owner.run(sql`alter table sessions disable trigger user`);
  await owner.run(sql`alter table persons disable trigger user`);
  await owner.run(sql`insert into accounts (id, person_id, username, state, password_hash, created_at, last_sign_in_at)
    values (${id}, ${person.personId}, ${username}, ${made.state}, ${made.state === 'invited' ? null : '$argon2id$x'}, ${ago(made.created)}, ${ago(made.used)})`);
  if (made.left !== undefined) await owner.run(sql`update persons set left_at = ${ago(made.left)} where id = ${person.personId}`);
  if (made.role === true)
    await owner.run(sql`insert into role_grants (id, account_id, person_id, role, state, origin, given_by, given_at)
      values (${newId()}, ${id}, ${person.personId}, 'agent', 'active', 'demo', null, now())`);
  if (made.session === true)
    await owner.run(sql`insert into sessions (id, token_hash, account_id, device, created_at, used_at, expires_at)
      values (${newId()}, sha256(${username}::bytea), ${id}, 'x', ${ago(made.used ?? 0)}, ${ago(1)}, ${new Date(one.archive.clock.now.getTime() + DAY)})`);
  return id;
}

test('R44: leavers and sleepers are listed with what is still open, longest without use first, exported and counted in the monthly report', async (t) => {
  const { reports, archive } = one;
  const officer = await one.person('compliance_officer', 'archive');
  const ids = {
    open: await account('left.open', { state: 'disabled', created: 400, used: 90, left: 80, role: true }),
    left: await account('left.closed', { state: 'disabled', created: 400, used: 95, left: 80 }),
    unused: await account('unused', { state: 'active', created: 300, used: 61 }),
    sleeping: await account('sleeping', { state: 'sleeping', created: 300, used: 100 }),
    never: await account('never', { state: 'invited', created: 70 }),
    // none of these is listed
    used: await account('used', { state: 'active', created: 300, used: 59 }),
    // signed in long ago, and at work in that session still
    session: await account('session', { state: 'active', created: 300, used: 200, session: true }),
    fresh: await account('fresh', { state: 'invited', created: 5 }),
    disabled: await account('disabled', { state: 'disabled', created: 400, used: 300 }),
  };
  const review = await listAccountReview(reports, officer);
  t.is(review.unusedDays, 60, 'the days stand in the file');
  t.deepEqual(
    review.items.map((each) => [each.accountId, each.kind]),
    [
      [ids.sleeping, 'sleeping'],
      [ids.left, 'leaver'],
      [ids.open, 'leaver_open'],
      [ids.never, 'never_claimed'],
      [ids.unused, 'unused'],
    ],
  );
  t.deepEqual(review.counts, { leaver_open: 1, leaver: 1, unused: 1, sleeping: 1, never_claimed: 1 });
  t.deepEqual(review.items.find((each) => each.accountId === ids.open)?.roles, ['agent']);
  t.deepEqual(
    (await listAccountReview(reports, officer, { kind: 'unused' })).items.map((each) => each.username),
    ['unused'],
  );
  t.is((await exportAccountReview(reports, officer, { kind: undefined, format: 'csv' })).length, 5);
  const actors: Actor[] = [await one.person('audit_admin'), await one.person('security_admin')];
  for (const actor of actors) t.is(await why(listAccountReview(reports, actor)), 'done');
  for (const role of ['agent', 'records_manager', 'system_admin']) t.is(await why(listAccountReview(reports, await one.person(role))), 'forbidden', role);
  const logged = await archive.database.owner.one<{ n: bigint }>(sql`select count(*) as n from audit_entries where act = 'account.review_export'`);
  t.is(logged.n, 1n, 'the export stands in the log before it is given');

  const [year, now] = archiveDay(0, archive.clock.now).split('-').map(Number) as [number, number];
  const month = new Date(Date.UTC(year, now - 2, 15)).toISOString().slice(0, 7);
  const id = await makeReport(reports, officer, `${month}-01`);
  const figure = await recompute(reports, officer, id, 'account_review');
  t.true(figure.same && figure.present);
  t.true(figure.reported.some((row) => row.key === 'sleeping'));
});
