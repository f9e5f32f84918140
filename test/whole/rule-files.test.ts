import { randomUUID } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';
import type { Actor } from '../../src/audit/index.js';
import { accessControl } from '../../src/access/index.js';
import { loadSchemes, parseScheme, type Scheme, type SchemeSet } from '../../src/classification/index.js';
import { sql } from '../../src/db/index.js';
import { createRules, scheduleChanges, schemeChanges, type Rules } from '../../src/records/index.js';
import { loadSchedules, parseSchedule, type Schedule, type ScheduleSet } from '../../src/retention/index.js';
import { testActor } from '../support/audit.js';
import { staffed, testServer, type Staff, type TestServer } from '../support/server.js';
import { projectPath } from '../../src/app/index.js';
import { why } from '../support/why.js';

const content = <T extends { digest: string; name: string }>({ digest: _digest, name: _name, ...rest }: T) => structuredClone(rest);

function scheduleWith(schedule: Schedule, version: string, years: number): Schedule {
  const next = content(schedule);
  return parseSchedule({
    ...next,
    version,
    rules: next.rules.map((rule) => (rule.id === 'service' ? { ...rule, period: { years, months: 0 }, maximum: { years: 9, months: 0 } } : rule)),
  });
}

function scheduleSet(...versions: Schedule[]): ScheduleSet {
  return { versions, newest: versions.at(-1) as Schedule, get: (name) => versions.find((one) => one.name === name) as Schedule };
}

function schemeSet(...versions: Scheme[]): SchemeSet {
  return { versions, newest: versions.at(-1) as Scheme, get: (version) => versions.find((one) => one.version === version) as Scheme };
}

/** A server, its people, and the same rules as another process of a newer program would see them. */
async function newer(
  t: ExecutionContext,
): Promise<{ server: TestServer; staff: Staff; open(schemes: SchemeSet, schedules: ScheduleSet): Rules; person(role: string): Promise<Actor> }> {
  const server = await testServer();
  const staff = await staffed(server);
  const { archive } = server.serving;
  const opened: Rules[] = [];
  t.teardown(async () => {
    for (const one of opened) await one.stop();
    await server.close();
  });
  const access = accessControl(() => archive.policies.active());
  return {
    server,
    staff,
    open(schemes, schedules) {
      const one = createRules({ db: archive.db, audit: archive.audit, access, schemes, schedules, now: archive.now });
      opened.push(one);
      return one;
    },
    async person(role) {
      const { id } = await server.database.owner.one<{ id: string }>(
        sql`select a.person_id as id from accounts a join role_grants g on g.account_id = a.id where g.role = ${role} limit 1`,
      );
      return testActor({ personId: id, roles: [role] });
    },
  };
}

const shipped = async () => ({ schemes: await loadSchemes(projectPath('policies/scheme')), schedules: await loadSchedules(projectPath('retention')) });

test('R18, R33: scheme, schedule, calendar, signals and oversight stand on record before they act; an edited version, and one whose file is gone, are refused', async (t) => {
  const { server, open } = await newer(t);
  const rows = await server.database.owner.many<{ kind: string; state: string; logged: boolean }>(
    sql`select kind, state, exists (select from audit_pending p where p.id = f.entry_id) or exists (select from audit_entries e where e.id = f.entry_id) as logged from rule_files f order by kind, state`,
  );
  t.deepEqual(
    rows.map((row) => [row.kind, row.state, row.logged]),
    [
      ['calendar', 'active', true],
      ['disposition', 'active', true],
      ['disposition', 'superseded', true],
      ['oversight', 'active', true],
      ['schedule', 'active', true],
      ['scheme', 'active', true],
      ['signals', 'active', true],
    ],
  );
  const { schemes, schedules } = await shipped();
  await open(schemes, schedules).start(); // again: nothing to do
  t.is((await server.database.owner.many(sql`select 1 from rule_files`)).length, 7);
  const edited = schedules.versions.map((one) => ({ ...one, digest: `sha256:${'0'.repeat(64)}` }));
  t.is(await why(open(schemes, scheduleSet(...edited)).start()), 'policy_invalid');
  t.is(await why(open(schemes, scheduleSet(scheduleWith(schedules.newest, '2027-01', 4))).start()), 'policy_invalid');
});

test('R33: a new schedule waits while the former decides, and acts once two persons approved it, in every process', async (t) => {
  const { server, staff, open, person } = await newer(t);
  const { schemes, schedules } = await shipped();
  const next = scheduleWith(schedules.newest, '2027-01', 4);
  const both = scheduleSet(...schedules.versions, next);
  const [rules, other] = [open(schemes, both), open(schemes, both)];
  await rules.start();
  await other.start();
  t.is(rules.schedules.newest.name, schedules.newest.name);
  const security = await person('security_admin');
  const manager = await person('records_manager');
  const waiting = (await rules.list(manager, 'schedule')).find((one) => one.state === 'proposed');
  t.is(waiting?.name, next.name);
  const id = waiting?.id ?? '';
  t.is(await why(rules.agree(manager, id)), 'forbidden');
  t.is(await why(rules.confirm(manager, id)), 'wrong_state', 'nothing to countersign yet');
  t.is(await why(rules.agree(security, id)), 'done');
  t.is(await why(rules.confirm(security, id)), 'same_person');
  t.is(await why(rules.confirm({ ...manager, personId: security.personId }, id)), 'same_person');
  t.is(await why(rules.confirm(manager, randomUUID())), 'not_found');
  t.is(rules.schedules.newest.name, schedules.newest.name);
  t.is(await why(rules.confirm(manager, id)), 'not_seen_yet');
  await staff.auditAdmin('POST', `/api/v1/changes/${id}/see`);
  t.is(await why(rules.confirm(manager, id)), 'done');
  t.is(rules.schedules.newest.name, next.name);
  for (let i = 0; i < 50 && other.schedules.newest.name !== next.name; i++) await new Promise((resolve) => setTimeout(resolve, 50));
  t.is(other.schedules.newest.name, next.name, 'the other process was told');
  t.deepEqual(
    (await rules.list(manager, 'schedule')).map((one) => [one.name, one.state]),
    [
      [next.name, 'active'],
      [schedules.newest.name, 'superseded'],
    ],
  );
  // what was decided under the former can be recomputed: its file and its canonical JSON stay
  t.is(rules.schedules.get(schedules.newest.name).digest, schedules.newest.digest);
  const acts = await server.database.owner.many<{ act: string }>(
    sql`select e::jsonb ->> 'act' as act from (select id, entry as e from audit_entries union all select id, entry from audit_pending) x where e like ${`%"${next.name}"%`} order by x.id`,
  );
  t.deepEqual(
    acts.map((one) => one.act).filter((act) => act !== 'rules.refused'),
    ['schedule.propose', 'rules.text', 'schedule.agree', 'schedule.in_force'],
  );
  const refused = await server.database.owner.many<{ why: string }>(
    sql`select concat(e::jsonb #>> '{facts,step}', ' ', e::jsonb #>> '{facts,why}') as why
      from (select id, entry as e from audit_entries union all select id, entry from audit_pending) x
      where e::jsonb ->> 'act' = 'rules.refused' and e::jsonb ->> 'decision' = 'deny' and e::jsonb #>> '{subject,id}' = ${next.name} order by x.id`,
  );
  t.deepEqual(
    refused.map((one) => one.why),
    ['confirm wrong_state', 'confirm same_person', 'confirm same_person', 'confirm not_seen_yet'],
  );
  // and the database itself lets nothing act that one person approved alone
  const alone = server.serving.archive.db.tx(async (tx) => {
    await server.serving.archive.audit.append(tx, {
      actor: security,
      act: 'schedule.in_force',
      subject: { kind: 'schedule', id: next.name },
      decision: 'allow',
    });
    await tx.run(sql`update rule_files set confirmed_by = agreed_by where id = ${id}`);
  });
  t.is(((await t.throwsAsync(alone)) as { code?: string }).code, '23514');
});

test('a version that was refused is not proposed again; a newer one takes the place of one that waits', async (t) => {
  const { open, person } = await newer(t);
  const { schemes, schedules } = await shipped();
  const manager = await person('records_manager');
  const scheme = parseScheme({ ...content(schemes.newest), version: '2027-01', title: { zh: '新方案', en: 'New scheme' } });
  const newerScheme = parseScheme({ ...content(schemes.newest), version: '2027-02', title: { zh: '更新的方案', en: 'Newer scheme' } });
  const first = open(schemeSet(...schemes.versions, scheme), schedules);
  await first.start();
  const second = open(schemeSet(...schemes.versions, scheme, newerScheme), schedules);
  await second.start();
  const states = async (): Promise<string[][]> => (await second.list(manager, 'scheme')).map((one) => [one.name.split('@')[1] ?? '', one.state]);
  t.deepEqual(await states(), [
    ['2027-02', 'proposed'],
    ['2027-01', 'superseded'],
    ['2026-01', 'active'],
  ]);
  const waiting = (await second.list(manager, 'scheme')).find((one) => one.state === 'proposed');
  await second.refuse(manager, waiting?.id ?? '');
  await second.start();
  t.is((await states())[0]?.[1], 'refused');
  t.is(second.schemes.newest.version, '2026-01');
});

test('differences are told part by part', async (t) => {
  const { schemes, schedules } = await shipped();
  t.deepEqual(scheduleChanges(schedules.newest, schedules.newest), []);
  const told = scheduleChanges(schedules.newest, scheduleWith(schedules.newest, '2027-01', 4));
  t.deepEqual(
    told.map((one) => [one.part, one.id, one.kind, one.field]),
    [
      ['rule', 'service', 'changed', 'period'],
      ['rule', 'service', 'changed', 'maximum'],
    ],
  );
  const next = content(schemes.newest);
  const changed = parseScheme({
    ...next,
    version: '2027-01',
    purposes: { ...next.purposes, teach: { zh: '教学', en: 'Teaching' } },
    filingScope: { ...next.filingScope, rules: next.filingScope.rules.slice(1) },
  });
  t.deepEqual(
    schemeChanges(schemes.newest, changed).map((one) => [one.part, one.kind]),
    [
      ['scope', 'removed'],
      ['purpose', 'added'],
    ],
  );
});
