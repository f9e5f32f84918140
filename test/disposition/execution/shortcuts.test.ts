import { randomBytes } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';
import { newId, sql, type Sql } from '../../../src/db/index.js';
import { begin, carry, witness } from '../../../src/disposition/index.js';
import { dueRecords, withEntry } from '../support/sql.js';
import { certifiedFrom, heldBy } from './sources.js';
import { afterLocks, checkedRegister, DAY, registerState, testExecution, type Checked, type Execution } from './support.js';

/** What an attacker with the server's own role would try, and why the database does not let him. */
interface Shortcut {
  what: string;
  /** What it may do before, in the same transaction. */
  first?: Sql[];
  last: Sql;
  why: RegExp;
}

let world: Execution;
test.before(async () => {
  world = await testExecution();
});
test.after.always(() => world.close());

const at = (): Date => world.archive.clock.now;

async function refuse(t: ExecutionContext, shortcuts: readonly Shortcut[]): Promise<void> {
  for (const { what, first = [], last, why } of shortcuts) {
    let reached = false;
    const said = await withEntry(world.archive, async (tx) => {
      for (const one of first) await tx.run(one);
      reached = true;
      await tx.run(last);
    }).then(
      () => 'done',
      (error: unknown) => (error instanceof Error ? error.message : 'odd'),
    );
    t.regex(said, why, what);
    t.true(reached, `${what}: refused for the last statement, not on the way there`);
  }
}

const objectsOf = async (record: string): Promise<string[]> =>
  (await world.archive.database.owner.many<{ id: string }>(sql`select id from objects where record_id = ${record} order by id`)).map((one) => one.id);

const executing = (id: string): Sql => sql`update destruction_registers set state = 'executing', executing_at = ${at()} where id = ${id}`;
const runBy = (id: string, person: string | null, done: Date | null = null): Sql =>
  sql`insert into destruction_runs (register_id, executor_person, executor_account, policy, entry_id, started_at, executed_at, report)
    values (${id}, ${person}, ${newId()}, 'test', ${newId()}, ${at()}, ${done}, ${done && '{}'})`;
const step = (id: string, position: number, name: string): Sql =>
  sql`insert into destruction_steps (register_id, position, step) values (${id}, ${position}, ${name})`;
const stepDone = (id: string, name: string): Sql =>
  sql`update destruction_steps set state = 'done', done_at = ${at()}, why = null where register_id = ${id} and step = ${name}`;
const copyOf = (id: string, object: string, record: string): Sql =>
  sql`insert into destruction_copies (object_id, register_id, record_id) values (${object}, ${id}, ${record})`;
const keysOf = (id: string, records = 1): Sql => sql`insert into key_destructions (id, records, started_at) values (${id}, ${records}, ${at()})`;
const keyOf = (id: string, object: string): Sql => sql`insert into key_destruction_objects (object_id, destruction_id) values (${object}, ${id})`;
const itemsTo = (id: string, state: string): Sql => sql`update destruction_items set state = ${state} where register_id = ${id}`;
const recordTo = (record: string, state: string): Sql => sql`update records set state = ${state} where id = ${record}`;
const objectTo = (object: string, state: string): Sql => sql`update objects set state = ${state} where id = ${object}`;
const open = (id: string): Sql => sql`update destruction_registers set state = 'open', opened_at = ${at()} where id = ${id}`;
const close = (id: string): Sql => sql`update destruction_registers set state = 'closed', closed_at = ${at()} where id = ${id}`;
const executed = (id: string): Sql => sql`update destruction_runs set executed_at = ${at()}, report = '{}' where register_id = ${id}`;
const gone = (object: string, when = at()): Sql => sql`update destruction_copies set state = 'gone', gone_at = ${when} where object_id = ${object}`;
const ledger = (number: number | Sql, id: string, register: string): Sql =>
  sql`insert into destruction_ledger (number, register_id, register_number, digest, at) values (${number}, ${id}, ${register}, ${randomBytes(32)}, ${at()})`;
const nextNumber = sql`(select coalesce(max(number), 0) + 1 from destruction_ledger)`;
const certificate = (id: string, object: string, kind: string, items: number, locked: number): Sql =>
  sql`insert into destruction_certificates (id, number, register_id, kind, object_id, size, document_digest, data_digest, items, locked, made_at, entry_id)
    values (${newId()}, ${`Z-2026-${String(Math.trunc(Math.random() * 999_999)).padStart(6, '0')}`}, ${id}, ${kind}, ${object}, 10, ${`sha256:${'0'.repeat(64)}`}, ${`sha256:${'0'.repeat(64)}`}, ${items}, ${locked}, ${at()}, ${newId()})`;

test.serial('R68, R70: before a register is carried out, straight SQL takes no key, fakes no run and writes nothing into the ledger', async (t) => {
  const register = await checkedRegister(world.archive, 1);
  const { id, number } = register;
  const record = register.records[0] ?? '';
  const executor = register.executor.personId;
  const [other = '', held = ''] = await dueRecords(world.archive, 2);
  await heldBy(world.archive, held);
  const [own = ''] = await objectsOf(record);
  const [otherObject = ''] = await objectsOf(other);
  const [heldObject = ''] = await objectsOf(held);
  const copy = await certifiedFrom(world, held);
  const begun = [executing(id), runBy(id, executor), itemsTo(id, 'destroying'), recordTo(record, 'destroying')];
  const ways = ['ledger', 'wraps', 'survivors', 'snapshot', 'keys', 'objects', 'catalogue', 'index', 'traces', 'closure'];
  const steps = ways.map((name, i) => step(id, i + 1, name));
  afterLocks(world.archive);
  await refuse(t, [
    { what: 'keys of a register that nobody began', last: keysOf(id), why: /by a register that is carried out/ },
    { what: 'keys of no register', last: keysOf(newId()), why: /by a register that is carried out/ },
    {
      what: 'keys that were destroyed from the start',
      last: sql`insert into key_destructions (id, state, records, places, started_at, forgotten_at, destroyed_at) values (${id}, 'destroyed', 1, 1, ${at()}, ${at()}, ${at()})`,
      why: /begins with naming/,
    },
    { what: 'more records than the register destroys', first: begun, last: keysOf(id, 5), why: /by a register that is carried out/ },
    { what: 'a copy of a register that nobody began', last: copyOf(id, own, record), why: /of what is being destroyed/ },
    { what: 'a copy of another record', first: begun, last: copyOf(id, otherObject, other), why: /of what is being destroyed/ },
    { what: 'a copy of a held record', first: begun, last: copyOf(id, heldObject, held), why: /of what is being destroyed/ },
    { what: 'another record’s copy under the name of this one', first: begun, last: copyOf(id, otherObject, record), why: /of what is being destroyed/ },
    { what: 'what was certified from a held record', first: begun, last: copyOf(id, copy, record), why: /of what is being destroyed/ },
    { what: 'the key of another record', first: [...begun, keysOf(id)], last: keyOf(id, otherObject), why: /with a record that is being destroyed/ },
    { what: 'the key of a held record', first: [...begun, keysOf(id)], last: keyOf(id, heldObject), why: /with a record that is being destroyed/ },
    {
      what: 'the key of what was certified from a held record',
      first: [...begun, keysOf(id)],
      last: keyOf(id, copy),
      why: /with a record that is being destroyed/,
    },
    { what: 'the key of the certificate of something', first: [...begun, keysOf(id)], last: keyOf(id, own), why: /with a record that is being destroyed/ },
    { what: 'a wrap deleted', last: sql`update objects set wrapped_key = null where id = ${own}`, why: /once the ledger/ },
    {
      what: 'a wrap deleted with the state',
      last: sql`update objects set wrapped_key = null, state = 'destroying' where id = ${own}`,
      why: /names it|once the ledger/,
    },
    {
      what: 'an object born without a key',
      last: born('objects', otherObject, { id: newId(), store_key: newId(), state: 'shredded', wrapped_key: null }),
      why: /begins with its key/,
    },
    {
      what: 'a record born destroyed',
      last: born('records', other, { id: newId(), service_no: newId(), archival_code: null, state: 'destroyed' }),
      why: /begins as destroyed/,
    },
    { what: 'a run of a register that is not carried out', last: runBy(id, executor), why: /begun by its executor/ },
    { what: 'a run by another person', first: [executing(id)], last: runBy(id, newId()), why: /begun by its executor/ },
    { what: 'a run that has ended', first: [executing(id)], last: runBy(id, executor, at()), why: /begun by its executor/ },
    {
      what: 'a step that is done from the start',
      first: [executing(id), runBy(id, executor)],
      last: sql`insert into destruction_steps (register_id, position, step, state, done_at) values (${id}, 1, 'ledger', 'done', ${at()})`,
      why: /begin open/,
    },
    { what: 'a step in another’s place', first: [executing(id), runBy(id, executor)], last: step(id, 1, 'closure'), why: /begin open/ },
    { what: 'the last step alone', first: [executing(id), runBy(id, executor), step(id, 10, 'closure')], last: stepDone(id, 'closure'), why: /taken in order/ },
    { what: 'a run without steps', first: [executing(id), runBy(id, executor)], last: executed(id), why: /a step of the destruction is not done/ },
    { what: 'open without a run', first: [executing(id)], last: open(id), why: /a step of the destruction is not done/ },
    { what: 'open without steps', first: [executing(id), runBy(id, executor)], last: open(id), why: /a step of the destruction is not done/ },
    { what: 'the steps one after the other, and nothing done', first: [...begun, ...steps], last: stepDone(id, 'ledger'), why: /the step ledger is not done/ },
    { what: 'a register carried out over less than was signed', first: [itemsTo(id, 'struck')], last: executing(id), why: /over the list that was signed/ },
    { what: 'the ledger of what is not destroyed', last: ledger(nextNumber, id, number), why: /what a register destroys/ },
    { what: 'the ledger with a hole', first: begun, last: ledger(77, id, number), why: /no gap/ },
    {
      what: 'the ledger with another record',
      first: [...begun, ledger(nextNumber, id, number)],
      last: sql`insert into destruction_ledger_records (record_id, number) select ${other}, max(number) from destruction_ledger`,
      why: /what a register destroys/,
    },
    {
      what: 'an entry that was taken over',
      last: sql`insert into destruction_ledger (number, register_id, register_number, digest, at, replayed) values (1, ${id}, 'x', ${randomBytes(32)}, ${at()}, true)`,
      why: /permission denied/,
    },
    {
      what: 'a record that was taken over',
      last: sql`insert into destruction_ledger_records (record_id, number, replayed) values (${other}, 1, true)`,
      why: /permission denied/,
    },
    { what: 'taken over afterwards', last: sql`update destruction_ledger set replayed = true`, why: /permission denied/ },
    {
      what: 'the replay itself',
      last: sql`select from destruction_replay(1, ${id}, 'x', ${randomBytes(32)}, ${at()}, ${[other]}::uuid[], ${at()})`,
      why: /permission denied/,
    },
    { what: 'the role of the replay', last: sql`set role lantai_replay`, why: /permission denied/ },
    { what: 'the catalogue of what is kept erased', last: sql`select 1 / (select destruction_erase(${[other]}::uuid[]))`, why: /division by zero/ },
  ]);
  t.is(await registerState(world.archive, id), 'checked');
});

/** A row like another, with some columns of its own. */
function born(table: 'objects' | 'records', like: string, change: Record<string, unknown>): Sql {
  const more = JSON.stringify(change);
  return table === 'objects'
    ? sql`insert into objects select (jsonb_populate_record(o, ${more}::jsonb)).* from objects o where id = ${like}`
    : sql`insert into records select (jsonb_populate_record(r, ${more}::jsonb)).* from records r where id = ${like}`;
}

async function begun(): Promise<Checked> {
  const register = await checkedRegister(world.archive, 1);
  await begin(world.deps, register.executor, { register: register.id, number: register.number });
  return register;
}

test.serial('R70: while a register is carried out, straight SQL skips no step and calls nothing destroyed', async (t) => {
  const register = await begun();
  const { id, number } = register;
  const record = register.records[0] ?? '';
  const [other = ''] = await dueRecords(world.archive, 1);
  const [own = ''] = await objectsOf(record);
  const [otherObject = ''] = await objectsOf(other);
  const forgotten = sql`update key_destructions set state = 'forgotten', places = 1, forgotten_at = ${at()} where id = ${id}`;
  await refuse(t, [
    { what: 'the last step', last: stepDone(id, 'closure'), why: /taken in order/ },
    {
      what: 'every step at once',
      last: sql`update destruction_steps set state = 'done', done_at = ${at()} where register_id = ${id}`,
      why: /in order|not done/,
    },
    { what: 'the first step, without the ledger', last: stepDone(id, 'ledger'), why: /the step ledger is not done/ },
    {
      what: 'the first step, the ledger without its records',
      first: [ledger(nextNumber, id, number)],
      last: stepDone(id, 'ledger'),
      why: /the step ledger is not done/,
    },
    { what: 'a wrap before the ledger', last: sql`update objects set wrapped_key = null, replay_mac = null where id = ${own}`, why: /once the ledger/ },
    { what: 'keys forgotten before the ledger', last: forgotten, why: /wrap remains|in order/ },
    {
      what: 'keys called destroyed',
      last: sql`update key_destructions set state = 'destroyed', destroyed_at = ${at()} where id = ${id}`,
      why: /no step|in order/,
    },
    { what: 'one more key', last: keyOf(id, otherObject), why: /with a record that is being destroyed/ },
    { what: 'one more copy', last: copyOf(id, otherObject, other), why: /of what is being destroyed/ },
    {
      what: 'a generation that is not closed',
      last: sql`insert into key_destruction_buckets (destruction_id, bucket, through) select ${id}, b.id, b.generation from key_buckets b limit 1`,
      why: /closed before/,
    },
    { what: 'a copy called gone', last: gone(own), why: /once its key is gone/ },
    {
      what: 'a copy called locked',
      last: sql`update destruction_copies set state = 'locked', locked_until = ${at()} where object_id = ${own}`,
      why: /once its key is gone/,
    },
    { what: 'an object called shredded', last: objectTo(own, 'shredded'), why: /names it|no_wrap_when_gone/ },
    { what: 'an object called destroyed', last: objectTo(own, 'destroyed'), why: /names it|a copy of the object remains/ },
    { what: 'an object taken back', last: objectTo(own, 'stored'), why: /names it|in order/ },
    { what: 'an item called shredded', last: itemsTo(id, 'shredded'), why: /a key or a copy of the record remains/ },
    { what: 'an item called destroyed', last: itemsTo(id, 'destroyed'), why: /a key or a copy of the record remains/ },
    { what: 'a record called shredded', last: recordTo(record, 'shredded'), why: /remains/ },
    { what: 'a record called destroyed', last: recordTo(record, 'destroyed'), why: /does not go/ },
    { what: 'a record taken back', last: recordTo(record, 'archived'), why: /does not go/ },
    { what: 'carried out', last: executed(id), why: /a step of the destruction is not done/ },
    { what: 'open', last: open(id), why: /a step of the destruction is not done/ },
    { what: 'closed', last: close(id), why: /does not go/ },
    { what: 'certified', last: certificate(id, otherObject, 'main', 1, 0), why: /carried out/ },
    { what: 'a supplement', last: certificate(id, otherObject, 'supplement', 1, 0), why: /carried out/ },
    {
      what: 'a step put elsewhere',
      last: sql`update destruction_steps set position = 1 where register_id = ${id} and step = 'closure'`,
      why: /permission denied/,
    },
    { what: 'a step removed', last: sql`delete from destruction_steps where register_id = ${id}`, why: /permission denied/ },
    { what: 'a copy removed from the list', last: sql`delete from destruction_copies where register_id = ${id}`, why: /permission denied/ },
    { what: 'a run removed', last: sql`delete from destruction_runs where register_id = ${id}`, why: /permission denied/ },
    { what: 'an object that comes now', last: born('objects', own, { id: newId(), store_key: newId(), state: 'stored' }), why: /nothing is added/ },
    {
      what: 'a copy certified now',
      last: sql`insert into certified_copies select (jsonb_populate_record(c, ${JSON.stringify({ id: newId(), record_id: record })}::jsonb)).* from certified_copies c limit 1`,
      why: /of what is being destroyed|approved application/,
    },
  ]);

  // the keys are gone and the store is out of reach
  afterLocks(world.archive);
  const stuck = { ...world.deps, store: new Proxy(world.deps.store, { get: (to, key) => (key === 'remove' ? away : bound(to, key)) }) };
  const carried = await carry(stuck, id);
  t.is(carried.state === 'stuck' ? carried.step : carried.state, 'objects');
  await refuse(t, [
    { what: 'an object called destroyed while its copy is there', last: objectTo(own, 'destroyed'), why: /a copy of the object remains/ },
    { what: 'a record called destroyed', last: recordTo(record, 'destroyed'), why: /remains|not done/ },
    { what: 'an item called destroyed', last: itemsTo(id, 'destroyed'), why: /remains/ },
    { what: 'copies called seen to', last: stepDone(id, 'objects'), why: /the step objects is not done/ },
    { what: 'the step after', last: stepDone(id, 'catalogue'), why: /taken in order/ },
    {
      what: 'the catalogue called erased',
      first: [gone(own), stepDone(id, 'objects')],
      last: stepDone(id, 'catalogue'),
      why: /the step catalogue is not done/,
    },
    {
      what: 'a record called destroyed before the check',
      first: [gone(own), objectTo(own, 'destroyed')],
      last: recordTo(record, 'destroyed'),
      why: /not done/,
    },
    { what: 'a key that comes back', last: sql`update objects set wrapped_key = ${randomBytes(60)} where id = ${own}`, why: /does not come back/ },
  ]);
  // by the program's own way it comes to its end
  t.deepEqual(await carry(world.deps, id), { state: 'executed' });
});

const away = (): Promise<void> => Promise.reject(new Error('out of reach'));
function bound(to: object, key: string | symbol): unknown {
  const value: unknown = Reflect.get(to, key, to);
  return typeof value === 'function' ? (value.bind(to) as unknown) : value;
}

test.serial('R70, R105: carried out and under lock, straight SQL closes nothing and certifies nothing else', async (t) => {
  const register = await begun();
  const { id } = register;
  const record = register.records[0] ?? '';
  const [own = ''] = await objectsOf(record);
  const [spare = ''] = await objectsOf((await dueRecords(world.archive, 1))[0] ?? '');
  t.deepEqual(await carry(world.deps, id), { state: 'executed' });
  const end = sql`(select max(locked_until) from destruction_copies where register_id = ${id})`;
  const { until } = await world.archive.database.owner.one<{ until: Date }>(sql`select ${end} as until`);
  await refuse(t, [
    { what: 'closed without signatures', last: close(id), why: /stays open/ },
    { what: 'certified without signatures', last: certificate(id, spare, 'main', 1, 1), why: /both supervisors/ },
    { what: 'gone before the lock ends', last: gone(own, new Date(until.getTime() - 1000)), why: /lock has ended/ },
    { what: 'destroyed under lock', last: recordTo(record, 'destroyed'), why: /remains/ },
    { what: 'another report', last: sql`update destruction_runs set report = '{"checked": []}' where register_id = ${id}`, why: /stays so/ },
    {
      what: 'carried out later',
      last: sql`update destruction_runs set executed_at = ${new Date(at().getTime() + DAY)} where register_id = ${id}`,
      why: /stays so/,
    },
    { what: 'a step opened again', last: sql`update destruction_steps set state = 'open', done_at = null where register_id = ${id}`, why: /stays so/ },
  ]);
  const signed = sql`update destruction_appointments set witnessed_at = ${at()}, witness_entry = ${newId()} where register_id = ${id} and office = 'supervisor'`;
  await refuse(t, [
    { what: 'closed with bytes under lock', first: [signed], last: close(id), why: /stays open|nothing remains/ },
    { what: 'a certificate over more than was destroyed', first: [signed], last: certificate(id, spare, 'main', 2, 1), why: /over what was destroyed/ },
    { what: 'a certificate that hides what is locked', first: [signed], last: certificate(id, spare, 'main', 1, 0), why: /still under lock/ },
    { what: 'a supplement before the certificate', first: [signed], last: certificate(id, spare, 'supplement', 1, 0), why: /copies under lock|follows/ },
  ]);
  for (const supervisor of register.supervisors) await witness(world.deps, supervisor, id);
  t.is(await registerState(world.archive, id), 'open', 'under lock');
  world.archive.clock.now = new Date(until.getTime() + DAY);
  await refuse(t, [{ what: 'closed without the supplement', last: close(id), why: /stays open|nothing remains/ }]);
});
