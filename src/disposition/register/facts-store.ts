import { sql, type Queryable, type Sql, type Tx } from '../../db/index.js';
import { REQUEST_NUMBER } from './store.js';
import { AGREED_REGISTERS, AGREED_STATES, WAITING_STATES } from './values.js';

/** What stands against destroying a record at a moment, each as a flag; asked of the row of an alias. */
const against = (at: Date): Record<string, Sql> => ({
  hold: sql`(r.held or record_is_held(r.id))`,
  restriction: sql`r.restricted`,
  grant: sql`exists (select from grant_records x where x.record_id = r.id and x.live and x.ends_at > ${at})`,
  reading: sql`exists (select from readings x where x.record_id = r.id and x.state = 'open' and x.grant_id is not null)`,
  loan: sql`exists (select from request_records x join requests q on q.id = x.request_id where x.record_id = r.id and x.kept and q.form = 'paper' and q.state in ('approved', 'expired'))`,
  correction: sql`exists (select from corrections x where x.record_id = r.id and x.state = 'proposed')`,
});

/** Nothing stands against a record. */
export function freeOf(at: Date): Sql {
  const { hold, restriction, grant, reading, loan, correction } = against(at);
  return sql`not (${hold} or ${restriction} or ${grant} or ${reading} or ${loan} or ${correction})`;
}

/** What law prescribes is not over, or what a request marked is bound meanwhile; asked of the row `r`, on a register `g` of erasure. */
const withinMinimum = (at: Date): Sql =>
  sql`(g.kind = 'erasure' and (r.term_minimum >= (${at}::timestamptz at time zone 'UTC')::date or not erasure_marked(g.request_id, r.id)))`;

/** The states in which a record may stand on a list: before everybody agreed, and after. The same as `expectedOf`. */
const EXPECTED = sql`case when g.state = any (${[...AGREED_REGISTERS]}::text[]) then ${[...AGREED_STATES]}::text[]
  when g.kind = 'term' then ${[...WAITING_STATES.term]}::text[] else ${[...WAITING_STATES.erasure]}::text[] end`;

export interface FactsRow {
  record_id: string;
  state: string;
  archival_code: string | null;
  service_no: string;
  fonds: string;
  service_type: string;
  client_type: string;
  sensitivity: string;
  medium: string;
  department: string;
  opened_at: Date;
  closed_at: Date;
  archived_at: Date | null;
  term_until: string;
  term_minimum: string;
  term_maximum: string | null;
  term_rule: string;
  schedule_version: string;
  version_id: string;
  version_number: number;
  appraisal: string;
  erasure: string | null;
  file_count: number;
  objects: { id: string; digest: string }[];
  hold: boolean;
  restriction: boolean;
  grant: boolean;
  reading: boolean;
  loan: boolean;
  correction: boolean;
  /** What law prescribes is not over: of a record that is erased before its own term. */
  minimum: boolean;
}

/**
 * Locks the records of a register's standing items, after the register itself. Everybody takes locks in this order: the register,
 * the table, so that nobody who restricts or holds a client waits for us while we wait for him, then records in the order of their ids.
 */
export async function lockListed(tx: Tx, register: string): Promise<void> {
  await tx.run(sql`lock table records in row exclusive mode`);
  await tx.run(sql`select r.id from records r join destruction_items i on i.record_id = r.id
    where i.register_id = ${register} and i.state = 'listed' order by r.id for update of r`);
}

/** What is true now of the records of a register's standing items. */
export function factRows(db: Queryable, register: string, at: Date): Promise<FactsRow[]> {
  const { hold, restriction, grant, reading, loan, correction } = against(at);
  return db.many<FactsRow>(sql`select i.record_id, r.state, r.archival_code, r.service_no, r.fonds, r.service_type, r.client_type, r.sensitivity, r.medium, r.department,
      r.opened_at, r.closed_at, r.archived_at, r.term_until, r.term_minimum, r.term_maximum, r.term_rule, r.schedule_version, r.version_id, r.version_number, coalesce(a.number, '') as appraisal, ${REQUEST_NUMBER} as erasure, r.file_count,
      coalesce((select jsonb_agg(jsonb_build_object('id', o.id, 'digest', 'sha256:' || encode(o.digest, 'hex')) order by o.id) from objects o where o.record_id = r.id), '[]') as objects,
      ${hold} as hold, ${restriction} as restriction, ${grant} as "grant", ${reading} as reading, ${loan} as loan, ${correction} as correction, ${withinMinimum(at)} as minimum
    from destruction_items i join destruction_registers g on g.id = i.register_id join records r on r.id = i.record_id left join appraisals a on a.id = i.appraisal_id
    where i.register_id = ${register} and i.state = 'listed' order by i.position`);
}

/** An instant as facts state it: to the millisecond. */
const stated = (column: Sql): Sql => sql`to_char(date_trunc('milliseconds', ${column}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** What was listed of a record is not so any more; the same facts as `factRows` gives, compared where they stand. */
const DIFFERS = sql`i.facts - 'schedule' is distinct from jsonb_build_object(
  'record', r.id, 'archivalCode', coalesce(r.archival_code, ''), 'serviceNo', r.service_no, 'fonds', r.fonds,
  'class', jsonb_build_object('serviceType', r.service_type, 'clientType', r.client_type, 'sensitivity', r.sensitivity, 'medium', r.medium, 'department', r.department),
  'dates', jsonb_build_object('opened', ${stated(sql`r.opened_at`)}, 'closed', ${stated(sql`r.closed_at`)}, 'archived', coalesce(${stated(sql`r.archived_at`)}, '')),
  'term', jsonb_build_object('until', r.term_until, 'minimum', r.term_minimum, 'maximum', r.term_maximum), 'rule', r.term_rule,
  'version', jsonb_build_object('id', r.version_id, 'number', r.version_number), 'appraisal', coalesce(a.number, ''), 'files', r.file_count,
  'objects', coalesce((select jsonb_agg(jsonb_build_object('id', o.id, 'digest', 'sha256:' || encode(o.digest, 'hex')) order by o.id) from objects o where o.record_id = r.id), '[]'))
  || case when g.kind = 'erasure' then jsonb_build_object('erasure', ${REQUEST_NUMBER}) else '{}' end`;

/** Registers whose list stands and would be voided by a change, oldest first. */
export async function liveRegisters(db: Queryable): Promise<string[]> {
  const rows = await db.many<{ id: string }>(
    sql`select g.id from destruction_registers g where g.state in ('frozen', 'approving', 'approved', 'checked') order by g.frozen_at, g.id`,
  );
  return rows.map((row) => row.id);
}

/** Whether a record on a list changed, or something stands against one: by one statement that locks nothing. What it finds is asked again under lock. */
export async function listDiffers(db: Queryable, register: string, at: Date): Promise<boolean> {
  const row = await db.one<{ differs: boolean }>(sql`select exists (
    select from destruction_registers g join destruction_items i on i.register_id = g.id join records r on r.id = i.record_id left join appraisals a on a.id = i.appraisal_id
    where g.id = ${register} and i.state = 'listed' and (r.state <> all (${EXPECTED}) or not ${freeOf(at)} or ${withinMinimum(at)} or ${DIFFERS})) as differs`);
  return row.differs;
}
