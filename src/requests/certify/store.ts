import { type Queryable, sql, type Sql, type Tx } from '../../db/index.js';

/** The next number of a year; the row stays locked until the commit, so that no number is left out. */
export async function nextCopyNumber(tx: Tx, year: number): Promise<string> {
  const { last } = await tx.one<{ last: number }>(
    sql`insert into certified_copy_numbers (year, last) values (${year}, 1) on conflict (year) do update set last = certified_copy_numbers.last + 1 returning last`,
  );
  return `C-${year}-${String(last).padStart(6, '0')}`;
}

export interface NewCertifiedCopy {
  id: string;
  number: string;
  request: string;
  record: string;
  reading: string;
  object: string;
  size: number;
  digest: string;
  pages: number;
  boxes: number;
  by: string;
  at: Date;
  disclosure: string;
  entry: string;
}

export async function insertCertifiedCopy(tx: Tx, row: NewCertifiedCopy): Promise<void> {
  await tx.run(sql`insert into certified_copies (id, number, request_id, record_id, reading_id, object_id, size, digest, pages, boxes, made_by, made_at, disclosure_id, entry_id)
    values (${row.id}, ${row.number}, ${row.request}, ${row.record}, ${row.reading}, ${row.object}, ${row.size}, ${row.digest}, ${row.pages}, ${row.boxes}, ${row.by}, ${row.at}, ${row.disclosure}, ${row.entry})`);
}

export interface CertifiedCopyRow {
  id: string;
  number: string;
  request_id: string;
  record_id: string;
  object_id: string;
  size: bigint;
  digest: string;
  pages: number;
  boxes: number;
  made_by: string;
  made_at: Date;
  restricted: boolean;
}

const COLUMNS = sql`c.id, c.number, c.request_id, c.record_id, c.object_id, c.size, c.digest, c.pages, c.boxes, c.made_by, c.made_at, r.restricted`;

/** The copies of one application, in the order of their numbers. */
export function certifiedCopiesOf(db: Queryable, request: string): Promise<CertifiedCopyRow[]> {
  return db.many<CertifiedCopyRow>(
    sql`select ${COLUMNS} from certified_copies c join records r on r.id = c.record_id where c.request_id = ${request} order by c.number limit 1000`,
  );
}

/** One copy, as far as its maker or somebody who may read its record asks. */
export function certifiedCopyById(db: Queryable, id: string, person: string, rights: Sql): Promise<CertifiedCopyRow | undefined> {
  return db.maybe<CertifiedCopyRow>(
    sql`select ${COLUMNS} from certified_copies c join records r on r.id = c.record_id where c.id = ${id} and (c.made_by = ${person} or (${rights}))`,
  );
}

/** Files of a record of this application in their order, by id alone. */
export async function fileIdsOf(db: Queryable, request: string, record: string): Promise<string[]> {
  const rows = await db.many<{ id: string }>(sql`select f.id from record_files f join request_records x on x.record_id = f.record_id
    where x.request_id = ${request} and x.record_id = ${record} and x.kept and x.fit = 'fit' order by f.position`);
  return rows.map((row) => row.id);
}

export interface OpenReadingOf {
  account: string;
  record: string;
  purpose: string;
  grant: string | null;
  at: Date;
}

/** A reading of an account on the record as it stands now that is still open: for this purpose, under just this grant or under none. */
export async function openReadingOn(db: Queryable, of: OpenReadingOf): Promise<string | undefined> {
  const row = await db.maybe<{ id: string }>(sql`select g.id from readings g join records r on r.id = g.record_id and r.version_id = g.version_id
    where g.account_id = ${of.account} and g.record_id = ${of.record} and g.state = 'open' and g.purpose = ${of.purpose}
    and g.grant_id is not distinct from ${of.grant}::uuid and g.expires_at > ${of.at}
    and (g.standing_rule is null or exists (select from standing_rules s where s.id = g.standing_rule and s.state = 'active' and s.ends_on > ${of.at})) and not exists (select from site_visit_readings x where x.reading_id = g.id)
    order by g.opened_at desc limit 1`);
  return row?.id;
}

/** Whether what was approved still stands; locked, so that it is not taken back while a copy is being kept. */
export async function isGrantLive(db: Queryable, id: string | null): Promise<boolean> {
  return (await db.maybe(sql`select id from grants where id = ${id}::uuid and state = 'live' for share`)) !== undefined;
}

/**
 * Holds the record until the copy is kept, so that nobody restricts it or begins to destroy it meanwhile: who was first has said so
 * here. Whether it may still be copied.
 */
export async function holdForCopy(tx: Tx, record: string): Promise<boolean> {
  const row = await tx.maybe<{ fit: boolean }>(
    sql`select not restricted and state not in ('destroying', 'shredded', 'destroyed', 'transferred') as fit from records where id = ${record} for share`,
  );
  return row?.fit === true;
}
