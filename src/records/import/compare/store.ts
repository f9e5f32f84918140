import { sql, type Queryable, type Sql, type Tx } from '../../../db/index.js';

/** How a number of an export and the archive can differ. */
export const DIFFERENCE_KINDS = ['only_in_source', 'only_in_archive', 'different', 'unreadable'] as const;
export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];

export async function stageKeys(db: Queryable, comparison: string, keys: readonly { serviceNo: string; kind: string }[]): Promise<void> {
  if (keys.length === 0) return;
  await db.run(sql`insert into import_comparison_keys (comparison_id, service_no, kind)
    select ${comparison}::uuid, * from unnest(${keys.map((one) => one.serviceNo)}::text[], ${keys.map((one) => one.kind)}::text[])
    on conflict do nothing`);
}

/** A comparison from its start on; what it finds comes with its end. */
export async function beginComparison(tx: Tx, one: { id: string; system: string; from: Date; to: Date; at: Date; accountId: string | null }): Promise<void> {
  await tx.run(sql`insert into import_comparisons (id, source_system, window_from, window_to, compared_at, account_id, state, exported, equal, only_in_source, only_in_archive, different, unreadable)
    values (${one.id}, ${one.system}, ${one.from}, ${one.to}, ${one.at}, ${one.accountId}, 'running', 0, 0, 0, 0, 0, 0)`);
}

export async function failComparison(tx: Tx, id: string, reason: string): Promise<void> {
  await tx.run(sql`update import_comparisons set state = 'failed', reason = ${reason} where id = ${id} and state = 'running'`);
}

export async function runningComparisons(db: Queryable): Promise<string[]> {
  return (await db.many<{ id: string }>(sql`select id from import_comparisons where state = 'running'`)).map((row) => row.id);
}

export interface ComparisonEnd {
  id: string;
  exported: number;
  unreadable: number;
  /** Which records `r` may be named. */
  rights: Sql;
}

export interface ComparisonRow {
  id: string;
  state: 'running' | 'done' | 'failed';
  reason: string | null;
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
export async function concludeComparison(tx: Tx, one: ComparisonEnd): Promise<ComparisonRow> {
  const missing = sql`from records r join import_comparisons c on c.id = ${one.id}
    where r.source_system = c.source_system and r.closed_at >= c.window_from and r.closed_at < c.window_to and (${one.rights})
      and not exists (select from import_comparison_keys k where k.comparison_id = ${one.id} and k.service_no = r.service_no)`;
  const row = await tx.one<ComparisonRow>(sql`
    with staged as (select kind, count(*) as n from import_comparison_keys where comparison_id = ${one.id} group by kind)
    update import_comparisons set state = 'done', reason = null, exported = ${one.exported}, unreadable = ${one.unreadable},
      equal = coalesce((select n from staged where kind = 'equal'), 0), only_in_source = coalesce((select n from staged where kind = 'only_in_source'), 0),
      only_in_archive = (select count(*) ${missing}), different = coalesce((select n from staged where kind = 'different'), 0)
    where id = ${one.id} returning *`);
  await tx.run(sql`insert into import_differences (comparison_id, service_no, kind)
    select comparison_id, service_no, kind from import_comparison_keys where comparison_id = ${one.id} and kind <> 'equal'
    union all
    select ${one.id}::uuid, r.service_no, 'only_in_archive' ${missing}`);
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

/** @param page.rights the condition under which a record `r` may be named beside its number */
export async function listDifferences(
  db: Queryable,
  id: string,
  page: { kind: DifferenceKind | null; after: { kind: string; serviceNo: string } | null; limit: number; rights: Sql },
): Promise<{ kind: DifferenceKind; service_no: string; record_id: string | null; title: string | null }[]> {
  const from = page.after ? sql`and (d.kind, d.service_no) > (${page.after.kind}, ${page.after.serviceNo})` : sql``;
  const kind = page.kind === null ? sql`` : sql`and d.kind = ${page.kind}`;
  return db.many(sql`select d.kind, d.service_no, r.id as record_id, r.title from import_differences d
    join import_comparisons c on c.id = d.comparison_id
    left join records r on r.source_system = c.source_system and r.service_no = d.service_no and (${page.rights})
    where d.comparison_id = ${id} ${kind} ${from} order by d.kind, d.service_no limit ${page.limit}`);
}
