import { type Queryable, sql, type Sql, type Tx } from '../../db/index.js';

export interface CopyRecord {
  id: string;
  archival_code: string | null;
  service_no: string;
  title: string;
  closed_at: Date;
  restricted: boolean;
  staff_name: string;
  body_size: bigint;
}

/** Every record of a client, oldest first. */
export async function recordsOfClient(db: Queryable, client: string, limit: number): Promise<CopyRecord[]> {
  return db.many<CopyRecord>(sql`select r.id, r.archival_code, r.service_no, r.title, r.closed_at, r.restricted, r.staff_name, o.plain_size as body_size
    from records r join record_versions v on v.id = r.version_id join objects o on o.id = v.body_object
    where r.client_number = ${client} order by r.closed_at, r.id limit ${limit}`);
}

export interface CopyFile {
  id: string;
  record_id: string;
  name: string;
  media_type: string;
  size: bigint;
  position: number;
  approved: boolean | null;
}

/** Every file of a client's records, with what was decided on it for this request. */
export async function filesOfClient(db: Queryable, request: string, client: string, rights: Sql): Promise<CopyFile[]> {
  return db.many<CopyFile>(sql`select f.id, f.record_id, f.name, f.media_type, f.size, f.position, p.approved
    from records r join record_files f on f.record_id = r.id left join privacy_files p on p.file_id = f.id and p.request_id = ${request}
    where r.client_number = ${client} and (${rights}) order by r.closed_at, r.id, f.position limit 5000`);
}

/** Whether a file belongs to a record of this client. */
export async function fileOfClient(db: Queryable, client: string, file: string, rights: Sql): Promise<{ record_id: string } | undefined> {
  return db.maybe(
    sql`select f.record_id from record_files f join records r on r.id = f.record_id where f.id = ${file} and r.client_number = ${client} and (${rights})`,
  );
}

export async function putFileDecision(tx: Tx, row: { request: string; file: string; approved: boolean; by: string; at: Date }): Promise<void> {
  await tx.run(sql`insert into privacy_files (request_id, file_id, approved, by_person, at) values (${row.request}, ${row.file}, ${row.approved}, ${row.by}, ${row.at})
    on conflict (request_id, file_id) do update set approved = excluded.approved, by_person = excluded.by_person, at = excluded.at`);
}

export async function beginCopy(tx: Tx, row: { id: string; request: string; by: string; at: Date; records: number; included: number }): Promise<void> {
  await tx.run(
    sql`insert into privacy_copies (id, request_id, made_by, began_at, records, included) values (${row.id}, ${row.request}, ${row.by}, ${row.at}, ${row.records}, ${row.included})`,
  );
}

export async function endCopy(tx: Tx, id: string, end: { at: Date; whole: boolean; files: number; bytes: number }): Promise<void> {
  await tx.run(sql`update privacy_copies set ended_at = ${end.at}, whole = ${end.whole}, files = ${end.files}, bytes = ${end.bytes} where id = ${id}`);
}

export interface CopyRow {
  made_by: string;
  began_at: Date;
  whole: boolean | null;
  records: number;
  included: number | null;
  files: number | null;
}

export async function copiesOf(db: Queryable, request: string): Promise<CopyRow[]> {
  return db.many<CopyRow>(sql`select made_by, began_at, whole, records, included, files from privacy_copies where request_id = ${request} order by began_at`);
}
