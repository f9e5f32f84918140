import { type Queryable, sql, type Sql, type Tx } from '../../db/index.js';

export interface NewDisclosure {
  id: string;
  at: Date;
  by: string;
  kind: string;
  source: string | null;
  recipient: Buffer;
  basis: string;
  reference: Buffer | null;
  law: string;
  assessment: string;
  records: readonly string[];
  entry: string;
}

export async function insertDisclosure(tx: Tx, row: NewDisclosure): Promise<void> {
  await tx.run(sql`insert into disclosures (id, at, by_person, kind, source_id, recipient_sealed, basis, reference_sealed, law, assessment, records, entry_id)
    values (${row.id}, ${row.at}, ${row.by}, ${row.kind}, ${row.source}, ${row.recipient}, ${row.basis}, ${row.reference}, ${row.law}, ${row.assessment}, ${row.records.length}, ${row.entry})`);
  await tx.run(sql`insert into disclosure_records (disclosure_id, record_id) select ${row.id}, id from unnest(${[...row.records]}::uuid[]) as r (id)`);
}

export interface DisclosureRow {
  id: string;
  at: Date;
  by_person: string;
  kind: string;
  source_id: string | null;
  recipient_sealed: Buffer;
  basis: string;
  reference_sealed: Buffer | null;
  law: string;
  assessment: string;
  records: number;
}

export interface DisclosureFilter {
  basis?: string | undefined;
  kind?: string | undefined;
  record?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
}

/** The register, newest first. */
export async function listDisclosures(
  db: Queryable,
  filter: DisclosureFilter,
  after: { at: Date; id: string } | null,
  limit: number,
): Promise<DisclosureRow[]> {
  const parts: Sql[] = [];
  if (filter.basis !== undefined) parts.push(sql`and d.basis = ${filter.basis}`);
  if (filter.kind !== undefined) parts.push(sql`and d.kind = ${filter.kind}`);
  if (filter.from !== undefined) parts.push(sql`and d.at >= ${filter.from}`);
  if (filter.to !== undefined) parts.push(sql`and d.at < ${filter.to}`);
  if (filter.record !== undefined)
    parts.push(sql`and exists (select from disclosure_records x where x.disclosure_id = d.id and x.record_id = ${filter.record}::uuid)`);
  if (after) parts.push(sql`and (d.at, d.id) < (${after.at}, ${after.id}::uuid)`);
  const where = parts.reduce((all, one) => sql`${all} ${one}`, sql``);
  return db.many<DisclosureRow>(sql`select d.id, d.at, d.by_person, d.kind, d.source_id, d.recipient_sealed, d.basis, d.reference_sealed, d.law, d.assessment, d.records
    from disclosures d where true ${where} order by d.at desc, d.id desc limit ${limit}`);
}
