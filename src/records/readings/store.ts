import { prepared, type Queryable, sql, type Sql, type Tx } from '../../db/index.js';
import { NOT_BEING_SET } from '../restriction/pieces-store.js';
import type { RecordState } from '../values.js';

export interface ReadableRecord {
  id: string;
  version_id: string;
  body_object: string;
  state: string;
  service_type: string;
  client_type: string;
  department: string;
  sensitivity: string;
  medium: string;
  channel: string;
  restricted: boolean;
  fonds: string;
  staff_account: string;
  purposes: string[];
  archival_code: string | null;
  title: string;
  /** What live grants give the viewer on it. */
  granted: string[];
}

/** The record, if the condition of the act lets this viewer have it, and its client is not just being restricted. The condition stands inside the query. */
export async function readableRecord(db: Queryable, id: string, condition: Sql, granted: Sql): Promise<ReadableRecord | undefined> {
  return db.maybe<ReadableRecord>(
    prepared(sql`select r.id, r.version_id, v.body_object, r.state, r.service_type, r.client_type, r.department, r.sensitivity, r.medium, r.channel, r.restricted, r.fonds, r.staff_account,
      r.purposes, r.archival_code, r.title, ${granted} as granted
    from records r join record_versions v on v.id = r.version_id where r.id = ${id} and (${condition}) and ${NOT_BEING_SET}`),
  );
}

/** The id of a record's version by its number. */
export async function versionNumbered(db: Queryable, recordId: string, number: number): Promise<string | undefined> {
  return (await db.maybe<{ id: string }>(sql`select id from record_versions where record_id = ${recordId} and number = ${number}`))?.id;
}

export interface ReadingRow {
  id: string;
  record_id: string;
  version_id: string;
  account_id: string;
  pseudonym: string;
  purpose: string;
  note_sealed: Buffer | null;
  may_download: boolean;
  may_print: boolean;
  opened_at: Date;
  last_used_at: Date;
  expires_at: Date;
  state: 'open' | 'returned' | 'expired' | 'revoked';
  grant_id: string | null;
  /** Under a grant for somebody from outside no file leaves as it is to be kept. */
  grant_kind: string | null;
  standing_rule: string | null;
  /** Of the grant, where there is one. */
  grant_ends: Date | null;
  /** When the standing rule ends or ended, where there is one. */
  rule_ends: Date | null;
  ended_at: Date | null;
  result: string | null;
  archival_code: string | null;
  title: string;
  record_state: RecordState;
}

export async function insertReading(
  tx: Tx,
  row: {
    id: string;
    record_id: string;
    version_id: string;
    account_id: string;
    person_id: string | null;
    pseudonym: string;
    purpose: string;
    note_sealed: Buffer | null;
    may_download: boolean;
    may_print: boolean;
    policy: string;
    entry_id: string;
    opened_at: Date;
    expires_at: Date;
    grant_id: string | null;
    standing_rule: string | null;
    access_kind: string;
  },
): Promise<void> {
  await tx.run(sql`insert into readings (id, record_id, version_id, account_id, person_id, pseudonym, purpose, note_sealed, may_download, may_print, policy, entry_id, opened_at, last_used_at, expires_at, state, grant_id, standing_rule, access_kind)
    values (${row.id}, ${row.record_id}, ${row.version_id}, ${row.account_id}, ${row.person_id}, ${row.pseudonym}, ${row.purpose}, ${row.note_sealed}, ${row.may_download}, ${row.may_print}, ${row.policy}, ${row.entry_id}, ${row.opened_at}, ${row.opened_at}, ${row.expires_at}, 'open', ${row.grant_id}, ${row.standing_rule}, ${row.access_kind})`);
}

/** Beside a reading: its free text under a key, so that the same text given again and again is seen. */
export async function insertNoteKey(tx: Tx, reading: string, key: Buffer): Promise<void> {
  await tx.run(sql`insert into reading_note_keys (reading_id, note_key) values (${reading}, ${key})`);
}

/** Columns of a reading `g` with its record `r`. */
export const READING = sql`g.id, g.record_id, g.version_id, g.account_id, g.pseudonym, g.purpose, g.note_sealed, g.may_download, g.may_print, g.opened_at, g.last_used_at, g.expires_at, g.state, g.ended_at, g.result, g.grant_id, g.standing_rule, (select e.ends_at from grants e where e.id = g.grant_id) as grant_ends,
  (select e.kind from grants e where e.id = g.grant_id) as grant_kind,
  (select case when e.state = 'active' then e.ends_on else coalesce(e.ended_at, e.starts_on) end from standing_rules e where e.id = g.standing_rule) as rule_ends, r.archival_code, r.state as record_state`;
/** The title as far as the reader may still see the record in the catalogue. */
const titled = (rights: Sql): Sql => sql`case when (${rights}) then r.title else '—' end as title`;

/** A reading of this account; another's does not exist for it. */
export async function ownReading(db: Queryable, id: string, account: string, rights: Sql): Promise<ReadingRow | undefined> {
  return db.maybe<ReadingRow>(
    sql`select ${READING}, ${titled(rights)} from readings g join records r on r.id = g.record_id where g.id = ${id} and g.account_id = ${account}`,
  );
}

export async function lockOwnReading(tx: Tx, id: string, account: string): Promise<ReadingRow | undefined> {
  return tx.maybe<ReadingRow>(
    prepared(
      sql`select ${READING}, '' as title from readings g join records r on r.id = g.record_id where g.id = ${id} and g.account_id = ${account} for update of g`,
    ),
  );
}

export async function listOwnReadings(
  db: Queryable,
  account: string,
  rights: Sql,
  after: { at: Date; id: string } | null,
  limit: number,
): Promise<ReadingRow[]> {
  const from = after ? sql`and (g.opened_at, g.id) < (${after.at}, ${after.id}::uuid)` : sql``;
  return db.many<ReadingRow>(
    sql`select ${READING}, ${titled(rights)} from readings g join records r on r.id = g.record_id where g.account_id = ${account} ${from} order by g.opened_at desc, g.id desc limit ${limit}`,
  );
}

export async function openReadingsOf(db: Queryable, account: string, now: Date): Promise<number> {
  const { n } = await db.one<{ n: number }>(
    sql`select count(*)::int as n from readings where account_id = ${account} and state = 'open' and expires_at >= ${now}`,
  );
  return n;
}

/** The last purpose and note of this account, offered again for the next reading. */
export async function lastPurpose(db: Queryable, account: string): Promise<{ id: string; purpose: string; note_sealed: Buffer | null } | undefined> {
  return db.maybe(sql`select id, purpose, note_sealed from readings where account_id = ${account} order by opened_at desc, id desc limit 1`);
}

export async function touchReading(tx: Tx, id: string, at: Date, expires: Date): Promise<void> {
  await tx.run(sql`update readings set last_used_at = ${at}, expires_at = ${expires} where id = ${id}`);
}

export async function endReading(
  tx: Tx,
  id: string,
  step: { state: 'returned'; at: Date; result: string; sealed: Buffer | null } | { state: 'expired'; at: Date },
): Promise<void> {
  if (step.state === 'expired') await tx.run(sql`update readings set state = 'expired', ended_at = ${step.at} where id = ${id}`);
  else
    await tx.run(sql`update readings set state = 'returned', ended_at = ${step.at}, result = ${step.result}, result_sealed = ${step.sealed} where id = ${id}`);
}

/** Open readings past their time under which no stream is running, locked against a stream that begins just now. */
export async function lockExpired(tx: Tx, at: Date, limit: number): Promise<{ id: string; record_id: string; pseudonym: string }[]> {
  return tx.many(sql`select id, record_id, pseudonym from readings g where state = 'open' and expires_at < ${at}
    and not exists (select from accesses a where a.reading_id = g.id and a.ended_at is null) order by expires_at limit ${limit} for update skip locked`);
}

export interface ReadableFile {
  id: string;
  object_id: string;
  name: string;
  extension: string;
  media_type: string;
  size: bigint;
  flags: string[];
  position: number;
}

export async function filesOfVersion(db: Queryable, recordId: string): Promise<ReadableFile[]> {
  return db.many<ReadableFile>(
    sql`select id, object_id, name, extension, media_type, size, flags, position from record_files where record_id = ${recordId} order by position`,
  );
}

/** The files that a version of a record has; later versions may have more. */
export async function filesAt(db: Queryable, versionId: string): Promise<ReadableFile[]> {
  return db.many<ReadableFile>(sql`select f.id, f.object_id, f.name, f.extension, f.media_type, f.size, f.flags, f.position
    from record_versions v join record_files f on f.record_id = v.record_id and f.first_version <= v.number where v.id = ${versionId} order by f.position`);
}

/** What is done with content; each is a right of its own. */
export type AccessKind = 'view' | 'print' | 'download';

export async function endAccess(tx: Tx, id: string, end: { at: Date; entry: string; bytes: number | null; whole: boolean | null }): Promise<void> {
  await tx.run(
    prepared(
      sql`update accesses set ended_at = ${end.at}, end_entry = ${end.entry}, bytes_sent = ${end.bytes}, whole = ${end.whole} where id = ${id} and ended_at is null`,
    ),
  );
}

/** Accesses that a killed process left open; streams that run now are younger than `before`. */
export async function lockAbandoned(tx: Tx, before: Date, limit: number): Promise<{ id: string; reading_id: string; record_id: string }[]> {
  return tx.many(sql`select a.id, a.reading_id, g.record_id from accesses a join readings g on g.id = a.reading_id
    where a.ended_at is null and a.began_at < ${before} order by a.began_at limit ${limit} for update of a skip locked`);
}

export interface UsableGrant {
  id: string;
  kind: string;
  acts: string[];
  ends_at: Date;
  readings_left: number | null;
}

/**
 * A live grant of the person on the record for the purpose, locked, so that two readings never count the same one down. One
 * that is not counted goes first; one that is used up comes last. What is for somebody from outside comes after all others, since it
 * is used only where it is named.
 */
export async function lockUsableGrant(
  tx: Tx,
  personId: string,
  recordId: string,
  purpose: string,
  at: Date,
  only: string | null,
): Promise<UsableGrant | undefined> {
  return tx.maybe<UsableGrant>(sql`select g.id, g.kind, g.acts, g.ends_at, g.readings_left from grant_records gr join grants g on g.id = gr.grant_id
    where gr.person_id = ${personId}::uuid and gr.record_id = ${recordId}::uuid and gr.live and gr.starts_at <= ${at} and gr.ends_at > ${at}
      and g.state = 'live' and g.purpose = ${purpose} and 'view' = any (gr.acts)
      and (${only}::uuid is null or g.id = ${only}::uuid)
    order by (g.kind = 'external'), (g.readings_left is not null), (g.readings_left = 0), g.ends_at desc, g.id limit 1 for update of g`);
}

export async function countDown(tx: Tx, grantId: string): Promise<void> {
  await tx.run(sql`update grants set readings_left = readings_left - 1 where id = ${grantId}::uuid and readings_left is not null`);
}

/** What live grants of the person give on a record for a purpose; those for somebody from outside give the person nothing. */
export async function grantedActs(db: Queryable, personId: string, recordId: string, purpose: string, at: Date): Promise<string[]> {
  const rows = await db.many<{ act: string }>(
    prepared(sql`select distinct unnest(gr.acts) as act from grant_records gr join grants g on g.id = gr.grant_id
    where gr.person_id = ${personId}::uuid and gr.record_id = ${recordId}::uuid and gr.live and gr.starts_at <= ${at} and gr.ends_at > ${at} and g.state = 'live' and g.purpose = ${purpose} and g.kind <> 'external'`),
  );
  return rows.map((row) => row.act);
}

/** Purposes of live grants on a record: what may be stated beyond those of its type. */
export async function grantedPurposes(db: Queryable, personId: string, recordId: string, at: Date): Promise<string[]> {
  const rows = await db.many<{ purpose: string }>(sql`select distinct g.purpose from grant_records gr join grants g on g.id = gr.grant_id
    where gr.person_id = ${personId}::uuid and gr.record_id = ${recordId}::uuid and gr.live and gr.starts_at <= ${at} and gr.ends_at > ${at} and g.state = 'live'`);
  return rows.map((row) => row.purpose);
}

/** Those of the grants that give nothing any more, and of the readings those that are over. */
export async function endedAmong(db: Queryable, ids: readonly string[], at: Date): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await db.many<{ id: string }>(sql`select id from grants where id = any (${[...ids]}::uuid[]) and (state <> 'live' or ends_at <= ${at})
    union all select id from readings where id = any (${[...ids]}::uuid[]) and state <> 'open'`);
  return rows.map((row) => row.id);
}

/** Those of the readings whose record may only be kept. */
export async function restrictedAmong(db: Queryable, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await db.many<{ id: string }>(
    sql`select g.id from readings g join records r on r.id = g.record_id where g.id = any (${[...ids]}::uuid[]) and r.restricted`,
  );
  return rows.map((row) => row.id);
}

/** Of some accounts, sessions and standing rules those that gave less or nothing since a moment, or give nothing now. */
export async function rightsLostAmong(db: Queryable, running: { ids: readonly string[]; rules: readonly string[] }, since: Date): Promise<string[]> {
  const ids = [...running.ids];
  if (ids.length === 0 && running.rules.length === 0) return [];
  const rows = await db.many<{ id: string }>(sql`
    select account_id::text as id from role_grants where account_id = any (${ids}::uuid[]) and state = 'taken' and taken_at >= ${since}
    union select id::text from accounts where id = any (${ids}::uuid[]) and state <> 'active'
    union select id::text from sessions where id = any (${ids}::uuid[]) and ended_at is not null
    union select id from standing_rules where id = any (${[...running.rules]}::text[]) and state <> 'active'`);
  return rows.map((row) => row.id);
}

/** With whom somebody came: what he had then may have been taken since. */
export interface Came {
  account: string;
  session: string | null;
  roles: readonly string[];
}

/** Whether the session is open still and its account has the roles still with which somebody came. */
export const cameStill = (who: Came): Sql => sql`(not exists (select from sessions s where s.id = ${who.session}::uuid and s.ended_at is not null)
  and not exists (select from accounts a where a.id = ${who.account}::uuid and a.state <> 'active')
  and not exists (select from role_grants t where t.account_id = ${who.account}::uuid and t.state = 'taken' and t.role = any (${[...who.roles]}::text[])
    and not exists (select from role_grants h where h.account_id = t.account_id and h.role = t.role and h.state = 'active')))`;

/** Whether the grant, or else the standing rule, that a reading is under gives nothing any more. */
export async function isOver(db: Queryable, under: { grant: string | null; rule: string | null }, at: Date): Promise<boolean> {
  const { over } = await db.one<{ over: boolean }>(
    prepared(sql`select exists (select from grants e where e.id = ${under.grant}::uuid and (e.state <> 'live' or e.ends_at <= ${at}))
      or exists (select from standing_rules e where e.id = ${under.rule}::text and e.state <> 'active') as over`),
  );
  return over;
}
