import { type Queryable, type Sql, sql } from '../../db/index.js';
import { REQUEST_NUMBER } from '../register/store.js';
import type { RegisterRow } from './store.js';
import { REGISTER_COLUMNS } from './store.js';
import type { CertificateKind, Step } from './values.js';

const takesPart = (person: string): Sql => sql`exists (select from destruction_persons x where x.register_id = g.id and x.person_id = ${person})`;

export interface CertificateRow {
  id: string;
  number: string;
  register_id: string;
  register_number: string;
  kind: CertificateKind;
  object_id: string;
  size: number;
  document_digest: string;
  data_digest: string;
  items: number;
  locked: number;
  made_at: Date;
  entry_id: string;
  erasure: string | null;
}

interface RawCertificate extends Omit<CertificateRow, 'size'> {
  size: bigint;
}

/** Number of the request at which a register erases before its term; null for others. */
const ERASURE = sql`case when g.kind = 'erasure' then ${REQUEST_NUMBER} end`;
const CERTIFICATE = sql`c.id, c.number, c.register_id, g.number as register_number, c.kind, c.object_id, c.size, c.document_digest, c.data_digest, c.items, c.locked, c.made_at, c.entry_id, ${ERASURE} as erasure`;
const certificateOf = (row: RawCertificate): CertificateRow => ({ ...row, size: Number(row.size) });

export async function certificatesOf(on: Queryable, register: string): Promise<CertificateRow[]> {
  const rows = await on.many<RawCertificate>(
    sql`select ${CERTIFICATE} from destruction_certificates c join destruction_registers g on g.id = c.register_id where c.register_id = ${register} order by c.made_at, c.id`,
  );
  return rows.map(certificateOf);
}

export async function findCertificate(on: Queryable, id: string): Promise<CertificateRow | undefined> {
  const row = await on.maybe<RawCertificate>(
    sql`select ${CERTIFICATE} from destruction_certificates c join destruction_registers g on g.id = c.register_id where c.id = ${id}`,
  );
  return row && certificateOf(row);
}

/** Certificates, newest first; of the registers in which a person takes part, where one is given. */
export async function certificatesPage(
  on: Queryable,
  { person, before, limit }: { person: string | null; before: { at: Date; id: string } | null; limit: number },
): Promise<CertificateRow[]> {
  const rows = await on.many<RawCertificate>(sql`
    select ${CERTIFICATE} from destruction_certificates c join destruction_registers g on g.id = c.register_id
    where ${before === null ? sql`true` : sql`(c.made_at, c.id) < (${before.at}, ${before.id}::uuid)`}
      and ${person === null ? sql`true` : takesPart(person)} order by c.made_at desc, c.id desc limit ${limit}`);
  return rows.map(certificateOf);
}

/** Whether somebody takes part in a register: made, approved, carries it out or witnesses it. */
export async function isNamed(on: Queryable, register: string, person: string): Promise<boolean> {
  return (await on.maybe(sql`select person_id from destruction_persons where register_id = ${register} and person_id = ${person}`)) !== undefined;
}

export interface ListedRegister extends RegisterRow {
  made_at: Date;
}

/** Registers in these states, newest first. */
export function registersPage(
  on: Queryable,
  { states, person, before, limit }: { states: readonly string[]; person: string | null; before: { at: Date; id: string } | null; limit: number },
): Promise<ListedRegister[]> {
  return on.many<ListedRegister>(sql`
    select ${REGISTER_COLUMNS}, made_at from destruction_registers g
    where state = any (${[...states]}::text[]) and ${before === null ? sql`true` : sql`(made_at, id) < (${before.at}, ${before.id}::uuid)`}
      and ${person === null ? sql`true` : takesPart(person)} order by made_at desc, id desc limit ${limit}`);
}

/** Of these registers, those that erase before term, with the numbers of their requests. */
export async function erasuresAmong(on: Queryable, registers: readonly string[]): Promise<Map<string, string>> {
  const rows = await on.many<{ id: string; request: string }>(
    sql`select g.id, ${REQUEST_NUMBER} as request from destruction_registers g where g.id = any (${[...registers]}::uuid[]) and g.kind = 'erasure'`,
  );
  return new Map(rows.map((row) => [row.id, row.request]));
}

export interface ProgressRow {
  id: string;
  started_at: Date | null;
  executed_at: Date | null;
  done: number;
  stuck: Step | null;
  why: string | null;
  all: number;
  gone: number;
  locked: number;
  until: Date | null;
}

/** How far each of these registers is, in one question. */
export function progressOf(on: Queryable, registers: readonly string[]): Promise<ProgressRow[]> {
  return on.many<ProgressRow>(sql`
    select u.register_id as id, u.started_at, u.executed_at, s.done, s.stuck, s.why, c.* from destruction_runs u
    cross join lateral (
      select count(*) filter (where state = 'done')::int as done, min(step) filter (where state = 'failed') as stuck, min(why) filter (where state = 'failed') as why
      from destruction_steps s where s.register_id = u.register_id) s
    cross join lateral (
      select count(*)::int as "all", count(*) filter (where state = 'gone')::int as gone, count(*) filter (where state = 'locked')::int as locked,
        max(locked_until) filter (where state = 'locked') as until
      from destruction_copies c where c.register_id = u.register_id) c
    where u.register_id = any (${[...registers]}::uuid[])`);
}

export function itemsPage(
  on: Queryable,
  register: string,
  after: number,
  limit: number,
): Promise<{ position: number; record: string; archivalCode: string; serviceNo: string; state: string }[]> {
  return on.many(sql`
    select i.position, i.record_id as record, coalesce(r.archival_code, '') as "archivalCode", r.service_no as "serviceNo", i.state
    from destruction_items i join records r on r.id = i.record_id
    where i.register_id = ${register} and i.position > ${after} and i.state in ('listed', 'destroying', 'shredded', 'destroyed') order by i.position limit ${limit}`);
}

export interface RecordRegister {
  record: string;
  /** `null` after a restore from before the register. */
  register: string | null;
  number: string;
  /** When it was carried out. */
  at: Date | null;
}

export function registerNumbers(on: Queryable, records: readonly string[]): Promise<RecordRegister[]> {
  return on.many<RecordRegister>(sql`
    select r.id as record, g.id as register, coalesce(g.number, l.register_number, '') as number, coalesce(u.executed_at, l.at) as at
    from records r
    left join lateral (select i.register_id from destruction_items i where i.record_id = r.id and i.state in ('destroying', 'shredded', 'destroyed') limit 1) i on true
    left join destruction_registers g on g.id = i.register_id left join destruction_runs u on u.register_id = g.id
    left join destruction_ledger_records x on x.record_id = r.id left join destruction_ledger l on l.number = x.number
    where r.id = any (${[...records]}::uuid[]) and r.state in ('destroying', 'shredded', 'destroyed')`);
}
