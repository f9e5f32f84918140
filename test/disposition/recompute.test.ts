import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { systemActor } from '../../src/audit/index.js';
import { createProgram } from '../../src/cli/program.js';
import { sql } from '../../src/db/index.js';
import { raiseLocks, recomputeTerms, type DueDeps } from '../../src/disposition/index.js';
import { presentDerivation } from '../../src/http/index.js';
import { phrasesFor } from '../../src/phrases/index.js';
import { capture, explainTerm, recordEvent } from '../../src/records/index.js';
import { decide, parseSchedule, type Reason, type Schedule } from '../../src/retention/index.js';
import { testArchive, testDraft, type TestArchive } from '../support/archive.js';
import { why } from '../support/why.js';
import { fill, randomRecords, type RandomRecord } from './random.js';

function changed(schedule: Schedule, years: Record<string, number>): Schedule {
  const { digest: _digest, name: _name, ...rest } = structuredClone(schedule);
  const rules = rest.rules.map((rule) =>
    years[rule.id] === undefined ? rule : { ...rule, period: { years: years[rule.id] }, minimum: { years: 1 }, maximum: { years: 9 } },
  );
  return parseSchedule({ ...rest, version: '2027-01', rules });
}

/** An archive whose records were decided under one version, and in which another one acts now. */
async function superseded(t: ExecutionContext, years: Record<string, number>) {
  const archive = await testArchive();
  t.teardown(() => archive.close());
  const before = archive.deps.schedules.newest;
  const next = changed(before, years);
  const records = randomRecords(700, 17).map((one) => {
    const { until, minimum, maximum, rule } = decide(one.subject, one.events, before, [], '2026-01-01');
    return { ...one, state: 'archived' as const, until, minimum, maximum, rule };
  });
  await fill(archive.database, records);
  const { owner } = archive.database;
  await owner.run(sql`alter table records disable trigger user`);
  await owner.run(sql`update records r set term_minimum = x.minimum, term_rule = x.rule
    from jsonb_to_recordset(${JSON.stringify(records.map(({ id, minimum, rule }) => ({ id, minimum, rule })))}::jsonb) as x(id uuid, minimum date, rule text) where r.id = x.id`);
  await owner.run(sql`alter table records enable trigger user`);
  return { archive, next, records };
}

async function inForce(archive: TestArchive, next: Schedule, consented: boolean): Promise<DueDeps> {
  const { superuser } = archive.database;
  await superuser.tx(async (tx) => {
    await tx.run(sql`set local session_replication_role = replica`);
    await tx.run(sql`insert into rule_files (kind, name, digest, canonical, entry_id, first_seen, state, origin, activated_at, agreed_by, confirmed_by, shortens, consented_by)
      values ('schedule', ${next.name}, ${next.digest}, '{}', gen_random_uuid(), now(), 'active', 'proposed', now(), gen_random_uuid(), gen_random_uuid(), ${consented}, ${consented ? sql`gen_random_uuid()` : sql`null`})`);
  });
  const { deps } = archive;
  const before = deps.schedules.newest;
  const schedules = { versions: [before, next], newest: next, get: (name: string) => [before, next].find((one) => one.name === name) as Schedule };
  return { ...deps, schedules, rules: { list: () => Promise.resolve([]) } };
}

interface Row {
  id: string;
  term_until: string;
  term_minimum: string;
  term_maximum: string;
  term_rule: string;
  schedule_version: string;
  term_reasons: Reason[];
}
const rowsOf = async (archive: TestArchive): Promise<Map<string, Row>> =>
  new Map(
    (
      await archive.database.owner.many<Row>(sql`select id, term_until, term_minimum, term_maximum, term_rule, schedule_version, term_reasons from records`)
    ).map((row) => [row.id, row]),
  );

test('R33, R38: after another version acts every term is what decide says under it, in batches that go on where they stopped, with history', async (t) => {
  const { archive, next, records } = await superseded(t, { service: 2, communication: 2, feedback: 6 });
  const due = await inForce(archive, next, true);
  const stop = new AbortController();
  stop.abort();
  t.like(await recomputeTerms(due, systemActor(), { batch: 100, signal: stop.signal }), { state: 'running', done: 0, total: 700 });
  const done = await recomputeTerms(due, systemActor(), { batch: 100 });
  t.like(done, { state: 'done', done: 700, promised: 0, unmatched: 0 });
  t.is(await recomputeTerms(due, systemActor()), null, 'once');
  const rows = await rowsOf(archive);
  let earlier = 0;
  for (const one of records) {
    const { until, minimum, maximum, rule, version, reasons } = decide(one.subject, one.events, next, [], '1900-01-01');
    const term = { term_until: until, term_minimum: minimum, term_maximum: maximum, term_rule: rule, schedule_version: version, term_reasons: reasons };
    t.deepEqual(rows.get(one.id), { id: one.id, ...term });
    if (until < one.until) earlier++;
  }
  t.true(earlier > 10, String(earlier));
  t.is(done?.earlier, earlier);
  const history = await archive.database.owner.many<{ record_id: string; old_value: string; new_value: string }>(
    sql`select record_id, old_value, new_value from record_history where field = 'term'`,
  );
  t.is(history.length, (done?.earlier ?? 0) + (done?.later ?? 0));
  const [first] = history;
  const was = records.find(({ id }) => id === first?.record_id) as RandomRecord & { until: string };
  t.is(first?.old_value, `${was.until} · general@2026-01`);
  t.is(first?.new_value, `${rows.get(was.id)?.term_until ?? ''} · general@2027-01`);
});

test('R33, R38: a version that has no rule for some records is never told as if it had decided them: they are counted, in figures and log, and keep what they had', async (t) => {
  const { archive, next: whole, records } = await superseded(t, {});
  const { digest: _digest, name: _name, ...rest } = structuredClone(whole);
  const next = parseSchedule({ ...rest, rules: rest.rules.filter((rule) => rule.id !== 'service') });
  const decides = (one: RandomRecord): boolean => {
    try {
      return decide(one.subject, one.events, next, [], '1900-01-01').rule !== '';
    } catch {
      return false;
    }
  };
  const left = records.filter((one) => !decides(one));
  t.true(left.length > 20 && left.length < records.length - 20, String(left.length));
  const due = await inForce(archive, next, true);
  const before = await rowsOf(archive);
  const done = await recomputeTerms(due, systemActor(), { batch: 100 });
  t.like(done, { state: 'done', done: 700, unmatched: left.length });
  const after = await rowsOf(archive);
  for (const { id } of left) t.deepEqual(after.get(id), before.get(id), 'decided under the version before, and it says so');
  t.is([...after.values()].filter((row) => row.schedule_version === next.name).length, records.length - left.length);
  const { entry } = await archive.database.owner.one<{ entry: { facts: object } }>(sql`select entry::jsonb as entry from
    (select entry from audit_pending union all select entry from audit_entries) x where entry::jsonb ->> 'act' = 'schedule.recompute_done'`);
  t.like(entry.facts, { unmatched: left.length });
});

test('R33: without the consent of compliance no date is brought forward: what stood is promised, and told', async (t) => {
  const { archive, next, records } = await superseded(t, { service: 2, communication: 2, feedback: 6 });
  const due = await inForce(archive, next, false);
  const done = await recomputeTerms(due, systemActor(), { batch: 300 });
  const rows = await rowsOf(archive);
  let promised = 0;
  for (const one of records) {
    const under = decide(one.subject, one.events, next, [], '2026-01-01');
    const row = rows.get(one.id) as Row;
    t.is(row.term_until, under.until > one.until ? under.until : one.until);
    t.true(row.term_minimum >= one.minimum);
    if (under.until < one.until || under.minimum < one.minimum) promised++;
  }
  t.like(done, { earlier: 0, promised });
  t.true(promised > 50);
  // and the promise explains the date: decided again with it, the same comes out, step by step
  const viewer = archive.person('records_manager', 'archive');
  for (const { id } of records.slice(0, 40)) {
    const found = await explainTerm(due, viewer, id);
    t.true(found.agrees, id);
    t.is(found.decision.maximum, rows.get(id)?.term_maximum ?? '', id);
    const timeless = found.decision.reasons.filter(({ code }) => code !== 'over_maximum' && code !== 'held');
    t.deepEqual(rows.get(id)?.term_reasons, timeless, id);
  }
});

test('R36, R40: a version that compliance consented to takes back no day that an appraisal signed, and what is kept for good stays so with its basis', async (t) => {
  const { archive, next, records } = await superseded(t, {
    service: 2,
    communication: 2,
    feedback: 2,
    service_special: 2,
    anti_money_laundering: 2,
    platform_trade: 2,
  });
  const due = await inForce(archive, next, true);
  await recomputeTerms(due, systemActor());
  const rows = await rowsOf(archive);
  let [signed, kept] = [0, 0];
  for (const { id, events } of records)
    for (const one of events) {
      if (one.kind !== 'extension' || one.until === undefined) continue;
      const row = rows.get(id) as Row;
      t.true(row.term_until >= one.until && row.term_maximum >= one.until);
      if (one.basis === undefined) signed += Number(row.term_reasons.some(({ code }) => code === 'signed'));
      else {
        kept++;
        t.is(row.term_until, '9999-12-31');
        t.true(row.term_reasons.some((step) => step.code === 'kept' && step.basis === one.basis));
      }
    }
  t.true(signed > 20 && kept > 20, `${signed} ${kept}`);
});

test('R38: where minimums move to a later day the store’s locks follow by themselves: outside the transactions, again after a failure, never to an earlier day', async (t) => {
  const archive = await testArchive();
  t.teardown(() => archive.close());
  const agent = archive.person('agent');
  const ids: string[] = [];
  for (const day of ['01', '02', '03']) {
    const draft = testDraft({ openedAt: `2026-03-${day}T10:00:00+08:00`, closedAt: `2026-03-${day}T10:30:00+08:00` });
    ids.push((await capture(archive.deps, agent, { draft, files: [] })).id);
  }
  const { digest: _digest, name: _name, ...rest } = structuredClone(archive.deps.schedules.newest);
  const rules = rest.rules.map((rule) => (rule.id === 'service' ? { ...rule, period: { years: 5 }, minimum: { years: 4 }, maximum: { years: 9 } } : rule));
  const due = await inForce(archive, parseSchedule({ ...rest, version: '2027-01', rules }), false);
  const locks = async (): Promise<string[]> => {
    const facts = await archive.deps.vault.facts(
      (await archive.database.owner.many<{ id: string }>(sql`select id from objects order by record_id`)).map(({ id }) => id),
    );
    const days = await Promise.all(facts.map(async ({ ref }) => (await archive.store.stat(ref))?.lockedUntil?.toISOString() ?? ''));
    t.deepEqual(days.sort(), facts.map(({ lockedUntil }) => lockedUntil?.toISOString() ?? '').sort(), 'the catalogue says what the store says');
    return days;
  };
  const before = await locks();
  let asked = 0;
  const unreachable = (broken: (call: number) => boolean): DueDeps => ({
    ...due,
    vault: {
      ...due.vault,
      lock(objects, until) {
        if (broken(asked++)) throw new Error('no such host');
        return due.vault.lock(objects, until);
      },
    },
  });
  t.like(
    await recomputeTerms(
      unreachable(() => true),
      systemActor(),
    ),
    { state: 'done', done: 3, later: 3 },
  );
  t.is(asked, 0, 'no row waits for the store');
  t.deepEqual(await locks(), before);
  t.deepEqual(
    await raiseLocks(
      unreachable((call) => call === 1),
      systemActor(),
    ),
    { done: 2, failed: 1 },
    'one that fails stops no other',
  );
  t.deepEqual(await raiseLocks(due, systemActor()), { done: 0, failed: 0 }, 'not at once');
  archive.clock.now = new Date(archive.clock.now.getTime() + 2 * 60_000);
  t.deepEqual(await raiseLocks(due, systemActor()), { done: 1, failed: 0 });
  t.deepEqual(await raiseLocks(due, systemActor()), { done: 0, failed: 0 });
  const after = await locks();
  t.deepEqual(after, ['2030-03-01T16:00:00.000Z', '2030-03-02T16:00:00.000Z', '2030-03-03T16:00:00.000Z']);
  // asked for an earlier day than the lock has, it stays; and what is asked only ever rises
  const ask = (day: string): Promise<unknown> =>
    due.db.tx(async (tx) => {
      await due.audit.append(tx, { actor: systemActor(), act: 'schedule.recompute', subject: { kind: 'schedule', id: 'test' }, decision: 'allow' });
      await tx.run(sql`insert into lock_raises as x (record_id, minimum, asked_at, due_at) values (${ids[0] ?? ''}, ${day}::date, ${due.now()}, ${due.now()})
        on conflict (record_id) do update set minimum = excluded.minimum`);
    });
  await ask('2027-01-01');
  t.is(await why(ask('2026-12-31')), 'error: a lock is only ever extended');
  t.deepEqual(await raiseLocks(due, systemActor()), { done: 1, failed: 0 });
  t.deepEqual(await locks(), after);
});

test('R38, R39: an event from outside moves the term to a later day with history, once, never to an earlier one; its derivation can be decided again', async (t) => {
  const archive = await testArchive();
  t.teardown(() => archive.close());
  const { deps } = archive;
  const agent = archive.person('agent');
  const draft = testDraft({ tags: ['platform_trade'], openedAt: '2026-03-01T10:00:00+08:00', closedAt: '2026-03-01T23:30:00+08:00' });
  const { id } = await capture(deps, agent, { draft, files: [] });
  const machine = { ...archive.person('integration', 'hotline'), kind: 'integration' as const, personId: null, scopes: ['events'] };
  archive.clock.now = new Date('2026-06-02T04:00:00Z');
  const event = { recordId: id, name: 'trade_completed', at: new Date('2026-05-31T16:30:00Z'), source: 'shop' };
  t.deepEqual(await recordEvent(deps, machine, event), { until: '2029-06-01', known: false });
  t.deepEqual(await recordEvent(deps, machine, event), { until: '2029-06-01', known: true });
  t.is((await recordEvent(deps, machine, { ...event, name: 'last_contact' })).until, '2029-06-01', 'no rule counts from it');
  t.is(await why(recordEvent(deps, machine, { ...event, at: new Date('2026-07-01T00:00:00Z') })), 'invalid_field');
  t.is(await why(recordEvent(deps, archive.person('agent'), event)), 'not_found');
  const history = await archive.database.owner.many<{ old_value: string; new_value: string }>(
    sql`select old_value, new_value from record_history where record_id = ${id} and field = 'term'`,
  );
  t.deepEqual(history, [{ old_value: '2029-03-01', new_value: '2029-06-01' }]);
  const found = await explainTerm(deps, archive.person('records_manager', 'archive'), id);
  t.true(found.agrees);
  t.is(found.events.length, 2);
  const logged = await archive.database.owner.many<{ id: string }>(
    sql`select id from audit_entries where id = any (${found.events.map(({ entry }) => entry)}::uuid[]) union select id from audit_pending where id = any (${found.events.map(({ entry }) => entry)}::uuid[])`,
  );
  t.is(logged.length, 2, 'each event stands in the log');
  t.is(await why(explainTerm(deps, archive.person('audit_admin', 'archive'), id)), 'not_found');

  const file = join(tmpdir(), `lantai-derivation-${process.pid}.json`);
  const check = async (derivation: unknown): Promise<{ lines: string[]; code: number | undefined }> => {
    await writeFile(file, JSON.stringify(derivation));
    const lines: string[] = [];
    const terminal = {
      lang: 'en' as const,
      phrases: phrasesFor('en'),
      config: () => t.fail() as never,
      log: () => t.fail() as never,
      line: (text: string) => void lines.push(text),
      progress: () => undefined,
    };
    const before = process.exitCode;
    process.exitCode = undefined;
    await createProgram(terminal).parseAsync(['node', 'lantai', 'retention', 'check', file]);
    const code = process.exitCode as number | undefined;
    process.exitCode = before;
    return { lines, code };
  };
  const json = presentDerivation(found);
  t.deepEqual(await check(json), { lines: ['Decided again, with the same result'], code: undefined });
  t.deepEqual(await check({ ...json, decision: { ...json.decision, until: '2028-06-01' } }), { lines: ['Decided again, with another result'], code: 2 });
});
