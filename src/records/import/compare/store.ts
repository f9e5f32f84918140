import { sql, type Queryable, type Sql, type Tx } from '../../../db/index.js';

export type DifferenceKind = 'only_in_source' | 'only_in_archive' | 'different' | 'unreadable';

export async function stageKeys(db: Queryable, comparison: string, keys: readonly { serviceNo: string; kind: string }[]): Promise<void> {
  if (keys.length === 0) return;
  await db.run(sql`insert into import_comparison_keys (comparison_id, service_no, kind)
    select ${comparison}::uuid, * from unnest(${keys.map((one) => one.serviceNo)}::text[], ${keys.map((one) => one.kind)}::text[])
    on conflict do nothing`);
}

export interface NewComparison {
  id: string;
  system: string;
  from: Date;
  to: Date;
  at: Date;
  accountId: string | null;
  exported: number;
  unreadable: number;
  /** Which records `r` may be named. */
  rights: Sql;
}

export interface ComparisonRow {
  id: string;
  source_system: string;
  window_from: Date;
  window_to: Date;
  compared_at: Date;
  exported: bigint;
  equal: bigint;
  only_in_source: bigint;
  only_in_archive: bigint;
  different: bigint;
  unreadable: bigint;
  account_id: string | null;
}

/** Both ways at once: what the export has and the archive has not was staged; what the archive has besides is found by an anti-join. */
export async function concludeComparison(tx: Tx, one: NewComparison): Promise<ComparisonRow> {
  const row = await tx.one<ComparisonRow>(sql`
    with staged as (select kind, count(*) as n from import_comparison_keys where comparison_id = ${one.id} group by kind),
      archived as (select count(*) as n from records r where r.source_system = ${one.system} and r.closed_at >= ${one.from} and r.closed_at < ${one.to} and (${one.rights})
        and not exists (select from import_comparison_keys k where k.comparison_id = ${one.id} and k.service_no = r.service_no))
    insert into import_comparisons (id, source_system, window_from, window_to, compared_at, account_id, exported, equal, only_in_source, only_in_archive, different, unreadable)
    select ${one.id}, ${one.system}, ${one.from}, ${one.to}, ${one.at}, ${one.accountId}, ${one.exported},
      coalesce((select n from staged where kind = 'equal'), 0), coalesce((select n from staged where kind = 'only_in_source'), 0), (select n from archived),
      coalesce((select n from staged where kind = 'different'), 0), ${one.unreadable}
    returning *`);
  await tx.run(sql`insert into import_differences (comparison_id, service_no, kind)
    select comparison_id, service_no, kind from import_comparison_keys where comparison_id = ${one.id} and kind <> 'equal'
    union all
    select ${one.id}::uuid, r.service_no, 'only_in_archive' from records r where r.source_system = ${one.system} and r.closed_at >= ${one.from} and r.closed_at < ${one.to} and (${one.rights})
      and not exists (select from import_comparison_keys k where k.comparison_id = ${one.id} and k.service_no = r.service_no)`);
  return row;
}

export async function dropKeys(db: Queryable, comparison: string): Promise<void> {
  await db.run(sql`delete from import_comparison_keys where comparison_id = ${comparison}`);
}

export async function comparisonById(db: Queryable, id: string): Promise<ComparisonRow | undefined> {
  return db.maybe<ComparisonRow>(sql`select * from import_comparisons where id = ${id}`);
}

/** @param owner only this caller's; `null` for who finds every record */
export async function listComparisons(db: Queryable, owner: string | null, after: { at: Date; id: string } | null, limit: number): Promise<ComparisonRow[]> {
  const own = owner === null ? sql`true` : sql`account_id = ${owner}`;
  const from = after ? sql`and (compared_at, id) < (${after.at}, ${after.id}::uuid)` : sql``;
  return db.many<ComparisonRow>(sql`select * from import_comparisons where ${own} ${from} order by compared_at desc, id desc limit ${limit}`);
}

export async function listDifferences(
  db: Queryable,
  id: string,
  after: { kind: string; serviceNo: string } | null,
  limit: number,
): Promise<{ kind: DifferenceKind; service_no: string }[]> {
  const from = after ? sql`and (kind, service_no) > (${after.kind}, ${after.serviceNo})` : sql``;
  return db.many(sql`select kind, service_no from import_differences where comparison_id = ${id} ${from} order by kind, service_no limit ${limit}`);
}
