import { type Cell, type Column, type ColumnType, join, rowsOf, sql, type Tx } from '../../db/index.js';
import { isAnnounced } from '../announced/store.js';
import type { CatalogueRow } from './prepare.js';

export interface NewRecord extends CatalogueRow {
  id: string;
  version_id: string;
  file_count: number;
}

/** What the records of one call have in common. */
export interface Intake {
  receivedAt: Date;
  batchId: string;
  importId: string | null;
  submittedBy: string | null;
  submittedAccount: string | null;
}

/** Codes in the order of the records, which are archived as they are inserted. */
export interface Coded {
  codes: readonly string[];
  archivedAt: Date;
}

type Told = keyof NewRecord;

const TYPES: Record<Told, ColumnType> = {
  id: 'uuid',
  fonds: 'text',
  source_system: 'text',
  service_no: 'text',
  complete: 'boolean',
  missing: 'json',
  service_type: 'text',
  client_type: 'text',
  medium: 'text',
  sensitivity: 'text',
  channel: 'text',
  department: 'text',
  client_number: 'text',
  client_name_masked: 'text',
  client_name_sealed: 'bytea',
  client_phone_masked: 'text',
  client_phone_key: 'bytea',
  staff_number: 'text',
  staff_name: 'text',
  title: 'text',
  tags: 'list',
  cross_reference: 'text',
  year: 'integer',
  opened_at: 'timestamptz',
  closed_at: 'timestamptz',
  return_call_at: 'timestamptz',
  returns_call: 'boolean',
  has_feedback: 'boolean',
  evaluation: 'smallint',
  scheme_version: 'text',
  schedule_version: 'text',
  term_rule: 'text',
  term_until: 'date',
  term_minimum: 'date',
  term_maximum: 'date',
  term_reasons: 'json',
  purposes: 'list',
  special_term: 'text',
  version_id: 'uuid',
  file_count: 'integer',
};
const NAMES = Object.keys(TYPES) as Told[];

/** Whether a column of a record holds a time. */
export function isTime(name: string): boolean {
  return TYPES[name as Told] === 'timestamptz';
}

function cellOf(value: NewRecord[Told]): Cell {
  return value instanceof Date ? value.toISOString() : value;
}

/** Records as columns, the first of which are their ids. */
export function recordColumns(rows: readonly NewRecord[]): Column[] {
  return NAMES.map((name) => ({ name, type: TYPES[name], values: rows.map((row) => cellOf(row[name])) }));
}

/** Inserts records that wait to be arranged or locked, and are not there yet; the rest lost a race to the same number. */
export function insertReceived(tx: Tx, rows: readonly NewRecord[], intake: Intake): Promise<Map<string, boolean>> {
  return insert(tx, recordColumns(rows), intake, null);
}

/** Inserts records whose objects are locked, with their codes. Their numbers are announced: nobody else can have taken them. */
export function insertArchived(tx: Tx, columns: readonly Column[], intake: Intake, coded: Coded): Promise<Map<string, boolean>> {
  return insert(tx, columns, intake, coded);
}

/**
 * Those that were inserted, with whether a restriction of their client covers them. `similar_to` is a record of the same client, type,
 * title and closing hour under another number: probably the same service taken in twice. `offset 0` keeps the planner to this client's
 * records: a grown table it has no statistics of misled it to everybody's of that hour.
 */
async function insert(tx: Tx, columns: readonly Column[], intake: Intake, coded: Coded | null): Promise<Map<string, boolean>> {
  const codes: Column[] = coded ? [{ name: 'archival_code', type: 'text', values: coded.codes }] : [];
  const { from, of } = rowsOf([...columns, ...codes], 'n');
  const [code, where] = coded ? [of('archival_code'), sql``] : [sql`null`, sql`where not ${isAnnounced(of('source_system'), of('service_no'))}`];
  const inserted = await tx.many<{ id: string; restricted: boolean }>(sql`
    insert into records (state, archival_code, archived_at, received_at, batch_id, import_id, submitted_by, submitted_account, staff_account, special_term_asked_by, similar_to,
      id, fonds, source_system, service_no, complete, missing, service_type, client_type, medium, sensitivity, channel, department, client_number, client_name_masked,
      client_name_sealed, client_phone_masked, client_phone_key, staff_number, staff_name, title, tags, cross_reference, year, opened_at, closed_at, return_call_at,
      returns_call, has_feedback, evaluation, scheme_version, schedule_version, term_rule, term_until, term_minimum, term_maximum, term_reasons, purposes, special_term,
      version_id, file_count)
    select ${coded ? 'archived' : 'received'}, ${code}, ${coded?.archivedAt ?? null}::timestamptz, ${intake.receivedAt}::timestamptz, ${intake.batchId}::uuid,
      ${intake.importId}::uuid, ${intake.submittedBy}::uuid, ${intake.submittedAccount}::uuid, ${intake.submittedAccount ?? ''},
      case when ${of('special_term')} = 'asked' then ${intake.submittedBy}::uuid end,
      (select c.id from (
          select r.id, r.service_type, r.title, r.closed_at from records r
          where r.client_number = ${of('client_number')} and r.closed_at between ${of('closed_at')} - interval '1 hour' and ${of('closed_at')} + interval '1 hour' offset 0
        ) c where c.service_type = ${of('service_type')} and c.title = ${of('title')} order by c.closed_at limit 1),
      ${join(NAMES.map(of), ', ', sql``)}
    from ${from} ${where}
    on conflict (source_system, service_no) do nothing
    returning id, restricted`);
  return new Map(inserted.map((row) => [row.id, row.restricted]));
}

export interface NewVersion {
  id: string;
  record_id: string;
  number: number;
  body_object: string;
  reason: 'capture' | 'completion' | 'correction';
  created_at: Date;
  created_by: string | null;
}

export async function insertVersions(tx: Tx, rows: readonly NewVersion[]): Promise<void> {
  const column = (name: string, type: ColumnType, pick: (row: NewVersion) => Cell): Column => ({ name, type, values: rows.map(pick) });
  const { from, of } = rowsOf(
    [
      column('id', 'uuid', (row) => row.id),
      column('record_id', 'uuid', (row) => row.record_id),
      column('number', 'integer', (row) => row.number),
      column('body_object', 'uuid', (row) => row.body_object),
      column('reason', 'text', (row) => row.reason),
      column('created_at', 'timestamptz', (row) => row.created_at.toISOString()),
      column('created_by', 'uuid', (row) => row.created_by),
    ],
    'n',
  );
  await tx.run(sql`insert into record_versions (id, record_id, number, body_object, reason, created_at, created_by)
    select ${of('id')}, ${of('record_id')}, ${of('number')}, ${of('body_object')}, ${of('reason')}, ${of('created_at')}, ${of('created_by')} from ${from}`);
}
