import type { Actor } from '../../audit/index.js';
import { type Queryable, sql, type Sql, type Tx } from '../../db/index.js';
import type { CatalogueRow } from '../capture/prepare.js';
import type { Cursor } from '../catalogue/cursor.js';
import type { RecordsDeps } from '../deps.js';

/** Records that somebody may correct: a correction shows what stands in the record, so only where he may read it too, by role or under a grant. */
export function mayCorrect(deps: Pick<RecordsDeps, 'access'>, actor: Actor): Sql {
  return sql`(${deps.access.where(actor, 'record.correct', 'r')}) and (${deps.access.where(actor, 'record.read', 'r')})`;
}

export interface CorrectionRow {
  id: string;
  record_id: string;
  from_version: string;
  new_version: string;
  body_object: string;
  body_size: bigint;
  fields: string[];
  reason_sealed: Buffer;
  request_id: string | null;
  proposed_by: string;
  proposed_at: Date;
  state: 'proposed' | 'agreed' | 'refused';
  decided_by: string | null;
  decided_at: Date | null;
  title: string;
  service_no: string;
  archival_code: string | null;
  sensitivity: string;
}

const COLUMNS = sql`c.id, c.record_id, c.from_version, c.new_version, c.body_object, o.plain_size as body_size, c.fields, c.reason_sealed, c.request_id, c.proposed_by, c.proposed_at,
  c.state, c.decided_by, c.decided_at, r.title, r.service_no, r.archival_code, r.sensitivity`;
const FROM = sql`corrections c join records r on r.id = c.record_id join objects o on o.id = c.body_object`;

export async function insertCorrection(
  tx: Tx,
  row: {
    id: string;
    record: string;
    from: string;
    to: string;
    body: string;
    fields: readonly string[];
    reason: Buffer;
    request: string | null;
    by: string;
    at: Date;
    entry: string;
  },
): Promise<void> {
  await tx.run(sql`insert into corrections (id, record_id, from_version, new_version, body_object, fields, reason_sealed, request_id, proposed_by, proposed_at, entry_id, state)
    values (${row.id}, ${row.record}, ${row.from}, ${row.to}, ${row.body}, ${[...row.fields]}::text[], ${row.reason}, ${row.request}, ${row.by}, ${row.at}, ${row.entry}, 'proposed')`);
}

/** A correction of a record that the condition lets this actor have. */
export async function correctionById(db: Queryable, id: string, rights: Sql): Promise<CorrectionRow | undefined> {
  return db.maybe<CorrectionRow>(sql`select ${COLUMNS} from ${FROM} where c.id = ${id} and (${rights})`);
}

export async function lockCorrection(tx: Tx, id: string): Promise<CorrectionRow | undefined> {
  return tx.maybe<CorrectionRow>(sql`select ${COLUMNS} from ${FROM} where c.id = ${id} for update of c`);
}

export async function decideCorrection(tx: Tx, id: string, step: { state: 'agreed' | 'refused'; by: string; at: Date }): Promise<void> {
  await tx.run(sql`update corrections set state = ${step.state}, decided_by = ${step.by}, decided_at = ${step.at} where id = ${id}`);
}

export async function correctionsOf(
  db: Queryable,
  filter: { state?: string | undefined; record?: string | undefined; request?: string | undefined },
  rights: Sql,
  after: Cursor | null,
  limit: number,
): Promise<CorrectionRow[]> {
  const state = filter.state === undefined ? sql`` : sql`and c.state = ${filter.state}`;
  const record = filter.record === undefined ? sql`` : sql`and c.record_id = ${filter.record}::uuid`;
  const request = filter.request === undefined ? sql`` : sql`and c.request_id = ${filter.request}::uuid`;
  const from = after ? sql`and (c.proposed_at, c.id) > (${after.at}, ${after.id}::uuid)` : sql``;
  return db.many<CorrectionRow>(
    sql`select ${COLUMNS} from ${FROM} where (${rights}) ${state} ${record} ${request} ${from} order by c.proposed_at, c.id limit ${limit}`,
  );
}

/** How many wait that somebody other than this person proposed. */
export async function countCorrections(db: Queryable, rights: Sql, person: string | null): Promise<number> {
  const { n } = await db.one<{ n: number }>(
    sql`select count(*)::int as n from corrections c join records r on r.id = c.record_id where c.state = 'proposed' and c.proposed_by is distinct from ${person}::uuid and (${rights})`,
  );
  return n;
}

/** Puts the corrected description in the catalogue; number, code, classification, state and term stay as they are. Gives whether the record may only be kept now. */
export async function setCorrected(tx: Tx, id: string, row: CatalogueRow, version: { id: string; number: number }): Promise<boolean> {
  const after = await tx.one<{
    restricted: boolean;
  }>(sql`update records set channel = ${row.channel}, department = ${row.department}, client_number = ${row.client_number},
      client_name_masked = ${row.client_name_masked}, client_name_sealed = ${row.client_name_sealed}, client_phone_masked = ${row.client_phone_masked}, client_phone_key = ${row.client_phone_key},
      staff_number = ${row.staff_number}, staff_name = ${row.staff_name}, title = ${row.title}, cross_reference = ${row.cross_reference}, year = ${row.year},
      opened_at = ${row.opened_at}, closed_at = ${row.closed_at}, return_call_at = ${row.return_call_at}, returns_call = ${row.returns_call}, has_feedback = ${row.has_feedback},
      evaluation = ${row.evaluation}, purposes = ${JSON.parse(row.purposes) as string[]}::text[], scheme_version = ${row.scheme_version},
      version_id = ${version.id}, version_number = ${version.number} where id = ${id} returning restricted`);
  return after.restricted;
}

/** The body of a version and the version that a record has now. */
export async function versionBody(db: Queryable, versionId: string): Promise<{ object: string; size: bigint; number: number } | undefined> {
  return db.maybe(
    sql`select v.body_object as object, o.plain_size as size, v.number from record_versions v join objects o on o.id = v.body_object where v.id = ${versionId}`,
  );
}
