import { type Queryable, sql, type Tx } from '../../db/index.js';
import type { SearchFilters } from '../../search/index.js';
import type { HoldKind, HoldMatter, HoldScope, HoldState } from './values.js';

export interface HoldRow {
  id: string;
  number: string;
  kind: HoldKind;
  matter: HoldMatter;
  scope: HoldScope;
  log: string | null;
  reference_sealed: Buffer | null;
  reason_sealed: Buffer;
  client_number: string | null;
  query_sealed: Buffer | null;
  owner: string;
  review_on: string | null;
  proposed: boolean;
  state: HoldState;
  made_by: string;
  made_at: Date;
  decided_by: string | null;
  decided_at: Date | null;
  decline_reason_sealed: Buffer | null;
  in_force_at: Date | null;
  lapses_at: Date | null;
  lift_reason_sealed: Buffer | null;
  lift_proposed_by: string | null;
  lift_proposed_at: Date | null;
  lifted_by: string | null;
  ended_at: Date | null;
}

export const COLUMNS = sql`h.id, h.number, h.kind, h.matter, h.scope, h.log, h.reference_sealed, h.reason_sealed, h.client_number, h.query_sealed, h.owner, h.review_on, h.proposed,
  h.state, h.made_by, h.made_at, h.decided_by, h.decided_at, h.decline_reason_sealed, h.in_force_at, h.lapses_at, h.lift_reason_sealed, h.lift_proposed_by, h.lift_proposed_at,
  h.lifted_by, h.ended_at`;

/** The next number of a year; the row stays locked until the commit, so that no number is left out. */
export async function nextNumber(tx: Tx, year: number): Promise<string> {
  const { last } = await tx.one<{ last: number }>(
    sql`insert into hold_numbers (year, last) values (${year}, 1) on conflict (year) do update set last = hold_numbers.last + 1 returning last`,
  );
  return `H-${year}-${String(last).padStart(4, '0')}`;
}

export interface NewHold {
  id: string;
  number: string;
  kind: HoldKind;
  matter: HoldMatter;
  scope: HoldScope;
  log: string | null;
  reference: Buffer | null;
  reason: Buffer;
  client: string | null;
  query: Buffer | null;
  filters: SearchFilters | null;
  records: readonly string[];
  owner: string;
  reviewOn: string | null;
  proposed: boolean;
  by: string;
  at: Date;
  lapsesAt: Date | null;
}

/** A hold over a client or a query that acts at once waits here for whoever takes records in. */
export async function insertHold(tx: Tx, row: NewHold): Promise<void> {
  await tx.run(sql`insert into holds (id, number, kind, matter, scope, reference_sealed, reason_sealed, client_number, log, query_sealed, filters, owner, review_on, proposed, state,
      made_by, made_at, in_force_at, lapses_at)
    values (${row.id}, ${row.number}, ${row.kind}, ${row.matter}, ${row.scope}, ${row.reference}, ${row.reason}, ${row.client}, ${row.log}, ${row.query},
      ${row.filters === null ? null : JSON.stringify(row.filters)}::jsonb, ${row.owner}, ${row.reviewOn}, ${row.proposed}, ${row.proposed ? 'proposed' : 'in_force'},
      ${row.by}, ${row.at}, ${row.proposed ? null : row.at}, ${row.lapsesAt})`);
  // in the order of the ids: a row that names a record locks it against whoever locks records, who goes by their ids too
  if (row.records.length > 0)
    await tx.run(sql`insert into hold_list (hold_id, record_id) select ${row.id}, id from unnest(${[...row.records]}::uuid[]) as r (id) order by id`);
}

export async function lockHold(tx: Tx, id: string): Promise<HoldRow | undefined> {
  return tx.maybe<HoldRow>(sql`select ${COLUMNS} from holds h where h.id = ${id} for update`);
}

export async function filtersOfHold(db: Queryable, id: string): Promise<SearchFilters | null> {
  return (await db.one<{ filters: SearchFilters | null }>(sql`select filters from holds where id = ${id}`)).filters;
}

export async function setAccepted(tx: Tx, id: string, step: { by: string; at: Date; owner: string }): Promise<void> {
  await tx.run(
    sql`update holds set state = 'in_force', decided_by = ${step.by}, decided_at = ${step.at}, in_force_at = ${step.at}, owner = ${step.owner} where id = ${id}`,
  );
}

export async function setDeclined(tx: Tx, id: string, step: { by: string; at: Date; reason: Buffer }): Promise<void> {
  await tx.run(
    sql`update holds set state = 'declined', decided_by = ${step.by}, decided_at = ${step.at}, decline_reason_sealed = ${step.reason} where id = ${id}`,
  );
}

export async function setLifting(tx: Tx, id: string, step: { by: string; at: Date; reason: Buffer }): Promise<void> {
  await tx.run(
    sql`update holds set state = 'lifting', lift_proposed_by = ${step.by}, lift_proposed_at = ${step.at}, lift_reason_sealed = ${step.reason} where id = ${id}`,
  );
}

export async function setKept(tx: Tx, id: string): Promise<void> {
  await tx.run(sql`update holds set state = 'in_force', lift_proposed_by = null, lift_proposed_at = null, lift_reason_sealed = null where id = ${id}`);
}

/** With its end a hold lets go of its records: the database does it. */
export async function setLifted(tx: Tx, id: string, step: { by: string; at: Date }): Promise<void> {
  await tx.run(sql`update holds set state = 'lifted', lifted_by = ${step.by}, ended_at = ${step.at} where id = ${id}`);
}

export async function setLapsed(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.run(sql`update holds set state = 'lapsed', ended_at = ${at} where id = ${id}`);
}

export async function setKeeping(tx: Tx, id: string, to: { owner: string; reviewOn: string }): Promise<void> {
  await tx.run(sql`update holds set owner = ${to.owner}, review_on = ${to.reviewOn} where id = ${id}`);
}

/** Freezes whose time is over. */
export async function lapsedBy(db: Queryable, at: Date, limit: number): Promise<string[]> {
  const rows = await db.many<{ id: string }>(
    sql`select id from holds where kind = 'freeze' and state in ('in_force', 'lifting') and lapses_at <= ${at} order by lapses_at, id limit ${limit}`,
  );
  return rows.map((row) => row.id);
}
