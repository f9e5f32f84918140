import { sql, type Queryable, type Tx } from '../../db/index.js';

export interface Department {
  code: string;
  names: { zh: string; en: string };
  isArchive: boolean;
  closedAt: Date | null;
}

interface DepartmentFields {
  code: string;
  names: { zh: string; en: string };
  isArchive: boolean;
}

export async function listDepartmentRows(db: Queryable): Promise<Department[]> {
  const rows = await db.many<{ code: string; name_zh: string; name_en: string; is_archive: boolean; closed_at: Date | null }>(sql`
    select code, name_zh, name_en, is_archive, closed_at from departments order by closed_at is not null, code limit 1000`);
  return rows.map((row) => ({ code: row.code, names: { zh: row.name_zh, en: row.name_en }, isArchive: row.is_archive, closedAt: row.closed_at }));
}

/** 0 when the code is taken. */
export function insertDepartment(tx: Tx, one: DepartmentFields & { now: Date }): Promise<number> {
  return tx.run(sql`
    insert into departments (code, name_zh, name_en, is_archive, created_at)
    values (${one.code}, ${one.names.zh}, ${one.names.en}, ${one.isArchive}, ${one.now}) on conflict do nothing`);
}

export function updateDepartment(tx: Tx, one: DepartmentFields): Promise<number> {
  return tx.run(sql`update departments set name_zh = ${one.names.zh}, name_en = ${one.names.en}, is_archive = ${one.isArchive} where code = ${one.code}`);
}

export function closeDepartmentRow(tx: Tx, code: string, now: Date): Promise<number> {
  return tx.run(sql`update departments set closed_at = ${now} where code = ${code} and closed_at is null`);
}

export async function personsIn(tx: Tx, code: string): Promise<number> {
  const row = await tx.one<{ n: bigint }>(sql`select count(*) as n from persons where department = ${code} and left_at is null`);
  return Number(row.n);
}
