import test from 'ava';
import {
  accessControl,
  agreeStanding,
  confirmStanding,
  endStandingRule,
  keepStandingRules,
  listChanges,
  listStandingRules,
  proposeStanding,
  refuseStanding,
  standingDays,
  standingRuleFor,
  standingTimes,
  standingView,
  standingWaits,
  type ProposeDeps,
  type StandingInput,
} from '../../src/access/index.js';
import { TextsOnRecord, type Actor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import {
  actorOf,
  bootstrap,
  changesOf,
  inRole,
  newcomer,
  PASSWORDS,
  seen,
  testArchive,
  type Administrators,
  type TestArchive,
} from '../accounts/support/archive.js';
import { archiveDay } from '../support/day.js';
import { why } from '../support/why.js';

let archive: TestArchive;
let deps: ProposeDeps;
let admins: Administrators;
let manager: Actor;
let compliance: Actor;
let executive: Actor;

const DAY = 86_400_000;

test.before(async () => {
  archive = await testArchive();
  admins = await bootstrap(archive);
  await archive.accounts.createDepartment(admins.system, { code: 'hotline', names: { zh: '热线', en: 'Hotline' } });
  const person = async (username: string, role: 'records_manager' | 'compliance_officer' | 'executive'): Promise<Actor> => {
    const made = await newcomer(archive, admins.system, username);
    await inRole(archive, admins, made.accountId, role);
    return actorOf(archive, username, PASSWORDS.other);
  };
  manager = await person('manager', 'records_manager');
  compliance = await person('compliance', 'compliance_officer');
  executive = await person('executive', 'executive');
  deps = {
    db: archive.database.app,
    audit: archive.log.audit,
    access: accessControl(() => archive.set, archive.clock.now),
    now: archive.clock.now,
    settings: { zone: 'Asia/Shanghai' },
    purposes: () => ['solve', 'dispute'],
  };
});
test.after.always(() => archive.close());

const day = (days: number): string => archiveDay(days, archive.clock.now());
const rule = (change: Partial<StandingInput> = {}): StandingInput => ({
  name: 'hotline',
  says: { zh: '热线为解决问题查阅本部门档案', en: 'the hotline reads its own records to solve problems' },
  readers: ['hotline'],
  departments: ['own'],
  types: ['routine'],
  sensitivities: ['public', 'internal'],
  purposes: ['solve'],
  states: ['*'],
  from: day(0),
  until: day(100),
  ...change,
});
const change = async (id: string): Promise<string> => (await standingView(deps, admins.audit, id)).change_id ?? '';
const see = async (id: string): Promise<void> => seen(archive, admins.audit, await change(id));
/** The whole way of a rule. */
async function inForce(input: StandingInput): Promise<string> {
  const { id } = await proposeStanding(deps, manager, input);
  await agreeStanding(deps, admins.security, id);
  await see(id);
  await confirmStanding(deps, compliance, id);
  return id;
}
const covers = (change: Partial<Parameters<typeof standingRuleFor>[1]> = {}) =>
  standingRuleFor(archive.database.app, {
    reader: 'hotline',
    department: 'hotline',
    type: 'routine',
    sensitivity: 'internal',
    purpose: 'solve',
    state: 'archived',
    at: archive.clock.now(),
    ...change,
  });

test.serial('R41 R82: proposed by the records manager, agreed to by the security administrator, seen, confirmed by another: only then it acts', async (t) => {
  t.is(await why(proposeStanding(deps, admins.security, rule())), 'forbidden');
  t.is(await why(proposeStanding(deps, { ...manager, secondFactor: false }, rule())), 'second_factor_required');
  const { id } = await proposeStanding(deps, manager, rule());
  t.is(id, 'hotline.1');
  t.is(await why(proposeStanding(deps, manager, rule())), 'conflict', 'one version of a name waits');
  t.is(await why(agreeStanding(deps, manager, id)), 'forbidden');
  t.is(await why(confirmStanding(deps, compliance, id)), 'wrong_state', 'no step is skipped');
  t.like(await standingWaits(deps, admins.security), { decide: 1 });
  await agreeStanding(deps, admins.security, id);
  t.is(await why(agreeStanding(deps, admins.security, id)), 'wrong_state');
  t.is(await why(confirmStanding(deps, admins.security, id)), 'same_person');
  t.is(await why(confirmStanding(deps, compliance, id)), 'not_seen_yet');
  t.like(await standingWaits(deps, compliance), { decide: 0 });
  const [waiting] = await listChanges(changesOf(archive), admins.audit);
  t.like(waiting, { kind: 'standing', facts: { rule: id }, proposedBy: manager.personId });
  await see(id);
  t.like(await standingWaits(deps, compliance), { decide: 1 });
  t.like(await standingWaits(deps, admins.security), { decide: 0 }, 'not what one agreed to oneself');
  t.is(await covers(), undefined);
  await confirmStanding(deps, compliance, id);
  t.is(await covers(), id);
  t.is(await covers({ purpose: 'dispute' }), undefined);
  t.is(await covers({ department: 'field' }), undefined);
  const acts = (await archive.acts()).filter((one) => one.act.startsWith('standing.') && one.subject === id).map((one) => one.act);
  for (const act of ['standing.propose', 'standing.agree', 'standing.confirm', 'standing.refused']) t.true(acts.includes(act), act);
});

test.serial('R41: a change follows the version in force at the moment of its confirmation; a refused one never acts', async (t) => {
  const refused = await proposeStanding(deps, manager, rule({ purposes: ['*'] }));
  t.is(await why(refuseStanding(deps, { ...executive, roles: ['legal'] }, refused.id)), 'forbidden');
  await refuseStanding(deps, manager, refused.id);
  t.is(await why(agreeStanding(deps, admins.security, refused.id)), 'wrong_state');
  t.is((await listChanges(changesOf(archive), admins.audit)).length, 0, 'it waits no longer');
  archive.clock.pass(9 * 60);
  const next = await inForce(rule({ purposes: ['solve', 'dispute'] }));
  t.is(next, 'hotline.3');
  t.is(await covers({ purpose: 'dispute' }), next);
  t.like(await standingView(deps, manager, 'hotline.1'), { state: 'ended', ended_by: compliance.personId, former: { id: next } });
  await endStandingRule(deps, manager, next);
  t.is(await covers(), undefined);
  t.is(await why(endStandingRule(deps, manager, next)), 'wrong_state');
});

test.serial('R41: before it ends its owner is told once; a renewal waits for its day beside the version that it follows, without a gap', async (t) => {
  const id = await inForce(rule({ until: day(20) }));
  t.like(await standingWaits(deps, manager), { ending: 1 });
  t.true((await standingView(deps, manager, id)).endsSoon);
  t.is(await keepStandingRules(deps), 1);
  t.is(await keepStandingRules(deps), 0, 'told once');
  const next = await inForce(rule({ from: day(21), until: day(300), sensitivities: ['public'] }));
  t.like(await standingWaits(deps, manager), { ending: 0 });
  t.is(await covers(), id, 'the former acts until then');
  t.is(await covers({ at: new Date(archive.clock.now().getTime() + 22 * DAY), sensitivity: 'public' }), next);
  archive.clock.pass(22 * 24 * 60);
  t.is(await covers(), undefined, 'what the new version leaves out is not read under the old one');
  t.true((await keepStandingRules(deps)) > 0);
  t.is((await standingView(deps, compliance, id)).state, 'ended');
  t.is(await covers({ sensitivity: 'public' }), next);
  archive.clock.pass(300 * 24 * 60);
  await keepStandingRules(deps);
  t.is((await standingView(deps, compliance, next)).state, 'ended');
  t.is((await archive.acts()).filter((one) => one.act === 'standing.remind' && one.subject === id).length, 1);
  t.deepEqual((await listStandingRules(deps, admins.audit, { which: 'active' })).items, []);
});

test.serial('R41: the version that begins ends those before it, never one that was confirmed later and waits for its own day', async (t) => {
  const first = await inForce(rule({ name: 'thrice', until: day(400) }));
  archive.clock.pass(1);
  const second = await inForce(rule({ name: 'thrice', from: day(5), until: day(400) }));
  archive.clock.pass(1);
  const third = await inForce(rule({ name: 'thrice', from: day(10), until: day(400), purposes: ['dispute'] }));
  const states = async (): Promise<string[]> => Promise.all([first, second, third].map(async (id) => (await standingView(deps, compliance, id)).state));
  archive.clock.pass(6 * 24 * 60);
  await keepStandingRules(deps);
  t.deepEqual(await states(), ['ended', 'active', 'active']);
  archive.clock.pass(5 * 24 * 60);
  await keepStandingRules(deps);
  t.deepEqual(await states(), ['ended', 'ended', 'active']);
  t.is(await covers({ purpose: 'dispute' }), third);
  await endStandingRule(deps, manager, third);
});

test.serial('R41: days of a rule begin and end where the archive is; those of rules from before count in UTC, as they were agreed to', async (t) => {
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' }).format(archive.clock.now());
  const after = (days: number): string => new Date(Date.parse(today) + days * DAY).toISOString().slice(0, 10);
  const id = await inForce(rule({ name: 'zoned', purposes: ['dispute'], from: after(2), until: after(3) }));
  const begins = new Date(`${after(2)}T00:00:00+08:00`).getTime();
  const ends = new Date(`${after(4)}T00:00:00+08:00`).getTime();
  const at = (time: number) => covers({ purpose: 'dispute', at: new Date(time) });
  t.deepEqual([await at(begins - 1), await at(begins), await at(ends - 1), await at(ends)], [undefined, id, id, undefined]);
  const row = await standingView(deps, manager, id);
  t.deepEqual(standingDays(row), { from: after(2), until: after(3) });
  t.deepEqual(standingTimes({ from: after(2), until: after(3), zone: 'Asia/Shanghai' }), { from: row.starts_on, to: row.ends_on });
  t.deepEqual(standingTimes({ from: '2026-03-01', until: '2026-03-31' }), { from: new Date('2026-03-01T00:00:00Z'), to: new Date('2026-04-01T00:00:00Z') });
  const texts = new TextsOnRecord();
  for (const one of await archive.acts()) if (one.act === 'standing.text') texts.take(JSON.parse(one.entry) as { facts: Record<string, string> });
  t.regex(texts.get(row.digest) ?? '', /"zone":"Asia\/Shanghai"/, 'the log says by which zone');
  await endStandingRule(deps, manager, id);
});

test.serial('R82: a rule that waits is refused with the second factor alone, by its proposer too', async (t) => {
  const { id } = await proposeStanding(deps, manager, rule({ name: 'factor' }));
  for (const actor of [admins.security, compliance, manager])
    t.is(await why(refuseStanding(deps, { ...actor, secondFactor: false }, id)), 'second_factor_required');
  await agreeStanding(deps, admins.security, id);
  t.is(await why(refuseStanding(deps, { ...admins.security, secondFactor: false }, id)), 'second_factor_required');
  await refuseStanding(deps, compliance, id);
  t.is((await standingView(deps, compliance, id)).state, 'refused');
});

test.serial('a proposal names departments, purposes and days that are there', async (t) => {
  const fields = async (change: Partial<StandingInput>): Promise<unknown> =>
    proposeStanding(deps, manager, rule(change)).then(
      () => [],
      (error: { fields: { field: string; code: string }[] }) => error.fields.map((one) => `${one.field} ${one.code}`),
    );
  t.deepEqual(await fields({ readers: ['nowhere'] }), ['readers unknown_department']);
  t.deepEqual(await fields({ readers: ['own'] }), ['readers unknown_department']);
  t.deepEqual(await fields({ purposes: ['nothing'] }), ['purposes unknown_purpose']);
  t.deepEqual(await fields({ purposes: [] }), ['purposes missing']);
  t.deepEqual(await fields({ name: 'Hot Line' }), ['name not_a_rule_name']);
  t.deepEqual(await fields({ from: day(-5) }), ['from too_early']);
  t.deepEqual(await fields({ until: day(-1) }), ['until before_start']);
  t.deepEqual(await fields({ until: day(3000) }), ['until too_long']);
});

test.serial('R82: the database refuses every other way to a standing rule', async (t) => {
  const { app, owner } = archive.database;
  const refusal = async (statement: ReturnType<typeof sql>, db = app): Promise<string> => {
    try {
      await db.tx((tx) => tx.run(statement));
      return 'done';
    } catch (error) {
      const { constraint, code } = error as { constraint?: string; code?: string };
      return constraint ?? code ?? '';
    }
  };
  const at = archive.clock.now();
  const insert = (
    id: string,
    state: string,
    origin: string,
    more = sql``,
    values = sql``,
  ) => sql`insert into standing_rules (id, name, says_zh, says_en, readers, departments, types,
      sensitivities, purposes, states, starts_on, ends_on, digest, origin, state, proposed_by, proposed_at${more})
    values (${id}, 'other', 'x', 'x', '{*}', '{*}', '{routine}', '{public}', '{*}', '{*}', ${at}, ${new Date(at.getTime() + DAY)}, ${`sha256:${'0'.repeat(64)}`}, ${origin}, ${state},
      ${manager.personId}::uuid, ${at}${values})`;
  for (const db of [app, owner]) {
    t.is(await refusal(insert('other.1', 'active', 'bootstrap', sql`, activated_at`, sql`, ${at}`), db), 'standing_bootstrap_once');
    t.is(await refusal(insert('other.1', 'active', 'file', sql`, activated_at`, sql`, ${at}`), db), 'standing_is_proposed');
    t.is(await refusal(insert('other.1', 'agreed', 'proposed'), db), 'standing_is_proposed');
    t.is(await refusal(insert('other.1', 'proposed', 'proposed'), db), 'standing_is_proposed', 'without its change in front of the audit administrator');
  }
  const { id } = await proposeStanding(deps, manager, rule());
  const set = (what: ReturnType<typeof sql>) => sql`update standing_rules set ${what} where id = ${id}`;
  const by = (actor: Actor) => sql`${actor.personId}::uuid`;
  t.is(await refusal(set(sql`state = 'active', activated_at = ${at}`), owner), 'standing_steps');
  t.is(await refusal(set(sql`state = 'agreed', agreed_by = ${by(compliance)}, agreed_at = ${at}`)), 'standing_agreed_by_security');
  t.is(await refusal(set(sql`state = 'agreed', agreed_at = ${at}`)), 'standing_agreed_by_security');
  t.is(await refusal(set(sql`purposes = '{*}'`), owner), 'standing_stays');
  t.is(await refusal(set(sql`ends_on = ends_on + interval '1 day'`), owner), 'standing_stays');
  t.is(await refusal(set(sql`agreed_by = ${by(admins.security)}`)), 'standing_stays');
  await agreeStanding(deps, admins.security, id);
  const confirmed = (who: Actor, seer: Actor) =>
    set(sql`state = 'active', confirmed_by = ${by(who)}, activated_at = ${at}, seen_by = ${by(seer)}, seen_at = ${at}`);
  t.is(await refusal(confirmed(compliance, admins.audit)), 'seen_first', 'said to be seen, but it was not');
  await see(id);
  t.is(await refusal(set(sql`state = 'active', confirmed_by = ${by(compliance)}, activated_at = ${at}`)), 'seen_first');
  t.is(await refusal(confirmed(compliance, executive)), 'seen_first', 'seen by somebody else');
  t.is(await refusal(confirmed(admins.security, admins.audit)), 'standing_three_persons');
  t.is(await refusal(confirmed(manager, admins.audit)), 'standing_three_persons');
  t.is(await refusal(sql`delete from standing_rules where id = ${id}`), '42501');
  await confirmStanding(deps, executive, id);
  t.is(await refusal(set(sql`state = 'agreed'`), owner), 'standing_steps');
  const { id: other } = await proposeStanding(deps, manager, rule({ purposes: ['*'] }));
  await agreeStanding(deps, admins.security, other);
  await see(other);
  await app.tx((tx) => tx.run(sql`select 1`));
  t.is(
    await refusal(sql`update standing_rules s set state = 'active', confirmed_by = ${by(compliance)}, activated_at = ${new Date(at.getTime() + 2 * DAY)}, seen_by = c.seen_by, seen_at = c.seen_at
      from pending_changes c where c.id = s.change_id and s.id = ${other}`),
    'standing_one_in_force',
  );
});
