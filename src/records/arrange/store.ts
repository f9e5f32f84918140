import { type Queryable, sql, type Sql, type Tx } from '../../db/index.js';
import type { CatalogueRow } from '../capture/prepare.js';
import type { CatalogueRecord } from '../catalogue/row.js';
import { COLUMNS, similarSeen } from '../catalogue/store.js';
import type { Cursor } from '../catalogue/cursor.js';

export interface WaitingRow extends CatalogueRecord {
  missing: { field: string; code: string; params?: Record<string, string | number> }[];
  similar_to: string | null;
  sent_back_reason: Buffer | null;
}

/** What arrived and is not yet archived 待整理, oldest first. */
export async function waitingRecords(
  db: Queryable,
  rights: Sql,
  similar: Sql,
  state: 'received' | 'sent_back',
  after: Cursor | null,
  limit: number,
): Promise<WaitingRow[]> {
  const from = after ? sql`and (r.received_at, r.id) > (${after.at}, ${after.id}::uuid)` : sql``;
  return db.many<WaitingRow>(sql`select ${COLUMNS}, r.missing, ${similarSeen(similar)}, r.sent_back_reason from records r
    where r.state = ${state} and (${rights}) ${from} order by r.received_at, r.id limit ${limit}`);
}

/** What was sent back to this person. */
export async function sentBackTo(db: Queryable, person: string, similar: Sql, limit: number): Promise<WaitingRow[]> {
  return db.many<WaitingRow>(sql`select ${COLUMNS}, r.missing, ${similarSeen(similar)}, r.sent_back_reason from records r
    where r.state = 'sent_back' and r.submitted_by = ${person} order by r.received_at, r.id limit ${limit}`);
}

export async function waitingCounts(
  db: Queryable,
  rights: Sql,
  person: string | null,
): Promise<{ received: number; sent_back: number; mine: number; terms: number }> {
  return db.one(sql`select count(*) filter (where r.state = 'received' and (${rights}))::int as received, count(*) filter (where r.state = 'sent_back' and (${rights}))::int as sent_back,
      count(*) filter (where r.state = 'sent_back' and r.submitted_by = ${person}::uuid)::int as mine,
      (select count(*)::int from records r where r.special_term = 'asked' and (${rights})) as terms
    from records r where r.state in ('received', 'sent_back')`);
}

export interface LockedRecord {
  id: string;
  fonds: string;
  state: string;
  complete: boolean;
  version_id: string;
  version_number: number;
  body_object: string;
  body_size: bigint;
  submitted_by: string | null;
  submitted_account: string | null;
  service_type: string;
  client_type: string;
  department: string;
  sensitivity: string;
  medium: string;
  tags: string[];
  file_count: number;
  batch_id: string;
  special_term: string;
  special_term_asked_by: string | null;
  scheme_version: string;
  closed_at: Date;
  channel: string;
  term_until: string;
  term_minimum: string;
  term_rule: string;
  restricted: boolean;
  staff_account: string;
  returns_call: boolean;
  has_feedback: boolean;
}

/** A record for an act on it, locked; `undefined` where the act's condition does not let this actor have it. */
export async function lockRecord(tx: Tx, id: string, rights: Sql): Promise<LockedRecord | undefined> {
  return tx.maybe<LockedRecord>(sql`select r.id, r.fonds, r.state, r.complete, r.version_id, r.version_number, v.body_object, o.plain_size as body_size, r.submitted_by, r.submitted_account, r.service_type,
      r.client_type, r.department, r.sensitivity, r.medium, r.tags, r.file_count, r.batch_id, r.special_term, r.special_term_asked_by, r.scheme_version, r.closed_at, r.channel, r.term_until, r.term_minimum, r.term_rule, r.restricted, r.staff_account, r.returns_call, r.has_feedback
    from records r join record_versions v on v.id = r.version_id join objects o on o.id = v.body_object where r.id = ${id} and (${rights}) for update of r`);
}

/** A record that was sent back to this person, locked. */
export async function lockSentBack(tx: Tx, id: string, person: string): Promise<LockedRecord | undefined> {
  return lockRecord(tx, id, sql`r.state = 'sent_back' and r.submitted_by = ${person}`);
}

export async function setSentBack(tx: Tx, id: string, reason: Buffer): Promise<void> {
  await tx.run(sql`update records set state = 'sent_back', sent_back_reason = ${reason} where id = ${id}`);
}

/** Puts a completed description in place of the incomplete one; number, batch and submitter stay. A longer term that it asks for is asked by `by`. Gives whether the record may only be kept now. */
export async function setCompleted(
  tx: Tx,
  id: string,
  row: CatalogueRow,
  version: { id: string; number: number; files: number },
  by: string | null,
): Promise<boolean> {
  const after = await tx.one<{
    restricted: boolean;
  }>(sql`update records set state = 'received', sent_back_reason = null, complete = ${row.complete}, missing = ${row.missing}::jsonb, service_type = ${row.service_type},
      client_type = ${row.client_type}, medium = ${row.medium}, sensitivity = ${row.sensitivity}, channel = ${row.channel}, department = ${row.department}, client_number = ${row.client_number},
      client_name_masked = ${row.client_name_masked}, client_name_sealed = ${row.client_name_sealed}, client_phone_masked = ${row.client_phone_masked}, client_phone_key = ${row.client_phone_key},
      staff_number = ${row.staff_number}, staff_name = ${row.staff_name}, title = ${row.title}, tags = ${JSON.parse(row.tags) as string[]}::text[], cross_reference = ${row.cross_reference}, year = ${row.year},
      opened_at = ${row.opened_at}, closed_at = ${row.closed_at}, return_call_at = ${row.return_call_at}, returns_call = ${row.returns_call}, evaluation = ${row.evaluation},
      scheme_version = ${row.scheme_version}, schedule_version = ${row.schedule_version}, term_rule = ${row.term_rule}, term_until = ${row.term_until}::date, term_minimum = ${row.term_minimum}::date,
      term_maximum = ${row.term_maximum}::date, term_reasons = ${row.term_reasons}::jsonb, purposes = ${JSON.parse(row.purposes) as string[]}::text[],
      has_feedback = ${row.has_feedback}, special_term = case when special_term = 'none' then ${row.special_term} else special_term end,
      special_term_asked_by = case when special_term = 'none' and ${row.special_term} = 'asked' then ${by}::uuid else special_term_asked_by end,
      version_id = ${version.id}, version_number = ${version.number}, file_count = ${version.files} where id = ${id} returning restricted`);
  return after.restricted;
}

export async function insertHistory(
  tx: Tx,
  rows: readonly { record: string; at: Date; by: string; entry: string; field: string; old: string | null; new: string | null }[],
): Promise<void> {
  if (rows.length === 0) return;
  await tx.run(sql`insert into record_history (record_id, at, by_pseudonym, entry_id, field, old_value, new_value)
    select record, at, by, entry, field, old, new from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r (record uuid, at timestamptz, by text, entry uuid, field text, old text, new text)`);
}

export async function setClassification(
  tx: Tx,
  id: string,
  to: {
    service_type: string;
    client_type: string;
    sensitivity: string;
    tags: string[];
    purposes: string[];
    returns_call: boolean;
    scheme_version: string;
  },
): Promise<void> {
  await tx.run(sql`update records set service_type = ${to.service_type}, client_type = ${to.client_type}, sensitivity = ${to.sensitivity}, tags = ${to.tags}::text[], purposes = ${to.purposes}::text[],
      returns_call = ${to.returns_call}, scheme_version = ${to.scheme_version} where id = ${id}`);
}

export interface TermColumns {
  rule: string;
  until: string;
  minimum: string;
  maximum: string;
  reasons: string;
  version: string;
}

/** Puts a term in place. */
export async function setTerm(tx: Tx, id: string, term: TermColumns): Promise<void> {
  await tx.run(sql`update records set term_rule = ${term.rule}, term_until = ${term.until}::date, term_minimum = ${term.minimum}::date,
      term_maximum = ${term.maximum}::date, term_reasons = ${term.reasons}::jsonb, schedule_version = ${term.version} where id = ${id}`);
}

/** The answer of a person to who asked for a longer term; the database compares the two. */
export async function setSpecialTerm(
  tx: Tx,
  id: string,
  { state, askedBy, by, at }: { state: 'confirmed' | 'refused'; askedBy: string | null; by: string; at: Date },
): Promise<void> {
  await tx.run(
    sql`insert into special_term_answers (record_id, asked_by, answered_by, confirmed, at) values (${id}, ${askedBy}, ${by}, ${state === 'confirmed'}, ${at})`,
  );
  await tx.run(sql`update records set special_term = ${state} where id = ${id}`);
}
