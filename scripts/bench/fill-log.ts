import { sql, type Db } from '../../src/db/index.js';

/** The year of the entries: an ended one, so that the log that is being written is another. */
export const YEAR = new Date().getUTCFullYear() - 1;
export const PERSONS = 500;
const CHUNK = 500_000;

/** A definition of an index, as the catalogue gave it. */
async function define(owner: Db, statement: string): Promise<void> {
  await owner.tx(async (tx) => {
    await tx.run(sql`select set_config('bench.statement', ${statement}, true)`);
    await tx.run(sql`do $$ begin execute current_setting('bench.statement'); end $$`);
  });
}

/**
 * Entries as the program writes them, over one year, each person in one department: the columns that counters and lists read, and a text that is read back.
 * Hashes have their length only: this measures questions, not verification.
 */
export async function fillLog(owner: Db, entries: number, records: number): Promise<void> {
  await owner.run(
    sql`create or replace function pick(i integer, salt integer, n integer) returns integer language sql immutable as 'select ((hashint4extended(i, salt) & 2147483647) % n)::int'`,
  );
  const indexes = await owner.many<{ name: string; definition: string }>(
    sql`select indexname as name, indexdef as definition from pg_indexes where tablename = 'audit_entries' and indexname not like '%_pkey'`,
  );
  for (const { name } of indexes) await define(owner, `drop index ${name}`);
  const start = `${YEAR}-01-01T00:00:00Z`;
  const step = (365 * 86_400) / entries;
  for (let from = 0; from < entries; from += CHUNK) {
    const to = Math.min(entries, from + CHUNK);
    await owner.run(sql`
      insert into audit_entries (log, sequence, id, entry, leaf_hash, t, actor, act, subject_kind, subject_id, decision, purpose, request, record_id, reading_id, department)
      select ${String(YEAR)}, i, id, json_build_object('act', act, 'actor', actor, 'blind', 'AAAAAAAAAAAAAAAAAAAAAA', 'decision', decision, 'department', department,
          'facts', json_build_object('record', record, 'access', id, 'object', id, 'start', 0, 'end', 1000), 'id', id, 'policy', 'roles@sha256:' || repeat('ab', 32),
          'purpose', purpose, 'request', id, 'role', array['agent'], 'subject', json_build_object('kind', 'reading', 'id', reading),
          't', to_char(t at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'v', 1)::text,
        decode(repeat('00', 32), 'hex'), t, actor, act, 'reading', reading::text, decision, purpose, id::text, record::text, reading::text, department
      from (select g.*, case when act like 'reading.%' then (array['solve','solve','solve','solve','solve','solve','solve','improve','improve','quality'])[1 + pick(i, 4, 10)] end as purpose
        from (select i, gen_random_uuid() as id, date_trunc('milliseconds', ${start}::timestamptz + make_interval(secs => i * ${step}::float8)) as t,
          'p-' || lpad(pick(i, 1, ${PERSONS})::text, 16, '0') as actor,
          (array['reading.open','reading.view.begin','reading.view.begin','reading.end','reading.end','record.search','record.search','record.view','record.view',
            'reading.return','reading.download.begin','record.list'])[1 + pick(i, 2, 12)] as act,
          case when pick(i, 3, 200) = 0 then 'deny' else 'allow' end as decision,
          'dept-' || (pick(i, 1, ${PERSONS}) % 12) as department, md5('r' || pick(i, 6, ${records}))::uuid as record, md5('g' || (i / 8))::uuid as reading
        from generate_series(${from}::int, ${to - 1}::int) i) g) g`);
  }
  for (const { definition } of indexes) await define(owner, definition);
  // a head every thousand entries, as batches have
  await owner.run(sql`insert into audit_heads (log, size, root, last_t, signed_at, epoch, note)
    select log, sequence + 1, decode(repeat('00', 32), 'hex'), t, t, 1, 'bench' from audit_entries
    where log = ${String(YEAR)} and (sequence % 1000 = 999 or sequence = ${entries - 1})`);
  await owner.run(sql`vacuum analyze audit_entries, audit_heads`);
}
