import test, { type ExecutionContext } from 'ava';
import { accessControl } from '../../src/access/index.js';
import { projectPath } from '../../src/app/index.js';
import type { Actor } from '../../src/audit/index.js';
import { loadSchemes } from '../../src/classification/index.js';
import { sql } from '../../src/db/index.js';
import { listMoved, reckonImpact, viewSchedule, type DueDeps } from '../../src/disposition/index.js';
import { createRules, type Rules } from '../../src/records/index.js';
import { decide, loadSchedules, parseSchedule, type Schedule } from '../../src/retention/index.js';
import { testActor } from '../support/audit.js';
import { staffed, testServer, type Staff, type TestServer } from '../support/server.js';
import { why } from '../support/why.js';
import { fill, randomRecords } from './random.js';

const shipped = (await loadSchedules(projectPath('retention'))).newest;

function shorter(version: string): Schedule {
  const { digest: _digest, name: _name, ...rest } = structuredClone(shipped);
  return parseSchedule({
    ...rest,
    version,
    rules: rest.rules.map((rule) =>
      rule.id === 'service' || rule.id === 'communication'
        ? { ...rule, period: { years: 2 }, minimum: { years: 2 } }
        : rule.id === 'feedback'
          ? { ...rule, period: { years: 5 } }
          : rule,
    ),
  });
}

interface Office {
  server: TestServer;
  staff: Staff;
  next: Schedule;
  rules: Rules;
  due: DueDeps;
  id: string;
  person(role: string, department?: string): Promise<Actor>;
}

/** An office with a version of the schedule that waits and would shorten terms. */
async function office(t: ExecutionContext): Promise<Office> {
  const server = await testServer();
  const staff = await staffed(server);
  const { archive } = server.serving;
  const next = shorter('2027-01');
  const schedules = { versions: [shipped, next], newest: next, get: (name: string) => [shipped, next].find((one) => one.name === name) as Schedule };
  const schemes = await loadSchemes(projectPath('policies/scheme'));
  const rules = createRules({
    db: archive.db,
    audit: archive.audit,
    access: accessControl(() => archive.policies.active()),
    schemes,
    schedules,
    now: archive.now,
  });
  await rules.start();
  t.teardown(async () => {
    await rules.stop();
    await server.close();
  });
  const person = async (role: string, department = 'hotline'): Promise<Actor> => {
    const { id } = await server.database.owner.one<{ id: string }>(
      sql`select a.person_id as id from accounts a join role_grants g on g.account_id = a.id where g.role = ${role} limit 1`,
    );
    return testActor({ personId: id, roles: [role], department });
  };
  const id = (await rules.list(await person('records_manager'), 'schedule')).find(({ state }) => state === 'proposed')?.id ?? '';
  return { server, staff, next, rules, due: { ...archive.records, schedules: rules.schedules, rules }, id, person };
}

test('R33: a version that may shorten terms acts only with compliance as a third person, also straight in SQL', async (t) => {
  const { server, staff, rules, id, person } = await office(t);
  const [security, manager, compliance] = [await person('security_admin'), await person('records_manager'), await person('compliance_officer')];
  t.is(await why(rules.consent(manager, id)), 'forbidden');
  await rules.agree(security, id);
  await staff.auditAdmin('POST', `/api/v1/changes/${id}/see`);
  t.is(await why(rules.confirm(manager, id)), 'consent_missing');
  t.is(await why(rules.consent({ ...compliance, personId: security.personId }, id)), 'same_person');
  const straight = (change: ReturnType<typeof sql>): Promise<unknown> =>
    t.throwsAsync(
      server.serving.archive.db.tx(async (tx) => {
        await server.serving.archive.audit.append(tx, { actor: manager, act: 'schedule.in_force', subject: { kind: 'schedule', id: 'x' }, decision: 'allow' });
        await tx.run(sql`update rule_files set state = 'superseded', ended_at = now() where kind = 'schedule' and state = 'active'`);
        await tx.run(change);
      }),
    );
  const act = sql`update rule_files set state = 'active', activated_at = now(), confirmed_by = ${manager.personId} where id = ${id}`;
  t.is(((await straight(act)) as { code: string }).code, '23514');
  t.is(((await straight(sql`update rule_files set shortens = false where id = ${id}`)) as { code: string }).code, '42501');
  t.is(((await straight(sql`update rule_files set consented_by = agreed_by where id = ${id}`)) as { code: string }).code, '23514');
  await rules.consent(compliance, id);
  t.is(await why(rules.consent(compliance, id)), 'wrong_state');
  t.is(await why(rules.confirm({ ...manager, personId: compliance.personId }, id)), 'same_person');
  t.is(await why(rules.confirm(manager, id)), 'done');
  t.is(rules.schedules.newest.version, '2027-01');
});

test('R37: the impact of a waiting version, its figures and its list, are those that decide gives record by record', async (t) => {
  const { server, next, due, id, person } = await office(t);
  const records = randomRecords(800, 9);
  await fill(server.database, records, '2026-06-30');
  const manager = await person('records_manager');
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone: next.timeZone }).format(due.now());
  const expected = new Map(records.map((one) => [one.id, decide(one.subject, one.events, next, one.held ? [{ id: 'h' }] : [], today)]));
  const count = (meets: (one: (typeof records)[number], until: string) => boolean): number =>
    records.filter((one) => meets(one, expected.get(one.id)?.until ?? '')).length;

  const impact = await reckonImpact(due, manager, id);
  t.deepEqual(impact.totals, {
    records: 800,
    later: count((_, until) => until > '2026-06-30'),
    earlier: count((_, until) => until < '2026-06-30'),
    dueNow: count(({ held }) => !held && today > '2026-06-30'),
    dueThen: count(({ id: one }) => expected.get(one)?.due ?? false),
    unmatched: 0,
  });
  for (const row of impact.rows)
    t.is(
      row.earlier,
      count(({ subject, department }, until) => subject.serviceType === row.serviceType && department === row.department && until < '2026-06-30'),
    );
  const found: string[] = [];
  for (let after: string | undefined; ;) {
    const { items, next: more } = await listMoved(due, manager, id, { direction: 'earlier', department: 'field', after });
    found.push(...items.map((one) => one.id));
    for (const one of items) t.is(one.until, expected.get(one.id)?.until ?? '');
    if (more === null) break;
    after = more;
  }
  t.deepEqual(
    found,
    records
      .filter((one) => one.department === 'field' && (expected.get(one.id)?.until ?? '') < '2026-06-30')
      .map((one) => one.id)
      .sort(),
  );
  t.like((await viewSchedule(due, manager, id)).impact, { totals: impact.totals });
  // an agent finds only the own department's, and only those of the grades that he may find
  const agent = await person('agent', 'field');
  t.is(await why(listMoved(due, agent, id, { direction: 'earlier' })), 'forbidden');
  t.is(await why(reckonImpact(due, agent, id)), 'forbidden');
});
