import { type Queryable, sql, type Tx } from '../db/index.js';
import type { PackKind, PackState } from './values.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface PackRow {
  id: string;
  number: string;
  kind: PackKind;
  person_id: string | null;
  client_number: string | null;
  record_id: string | null;
  from_day: string;
  to_day: string;
  from_at: Date;
  to_at: Date;
  sides: boolean;
  needs_approval: boolean;
  reason_sealed: Buffer;
  found: number;
  asked_by: string;
  asked_at: Date;
  state: PackState;
  decided_by: string | null;
  decided_at: Date | null;
  ended_at: Date | null;
  failure: string | null;
  entries: number | null;
  size: bigint | null;
  digest: string | null;
  sums: string | null;
  object_id: string | null;
  until: Date | null;
  /** How far its making is; `null` where nobody has begun. */
  done: number | null;
  total: number | null;
}

const COLUMNS = sql`p.id, p.number, p.kind, p.person_id, p.client_number, p.record_id, p.from_day::text, p.to_day::text, p.from_at, p.to_at, p.sides, p.needs_approval,
  p.reason_sealed, p.found, p.asked_by, p.asked_at, p.state, p.decided_by, p.decided_at, p.ended_at, p.failure, p.entries, p.size, p.digest, p.sums, p.object_id,
  p.until, r.done, r.total`;
const FROM = sql`from evidence_packs p left join evidence_runs r on r.pack_id = p.id`;

export async function nextPackNumber(tx: Tx, year: number): Promise<string> {
  const { n } = await tx.one<{ n: bigint }>(sql`select nextval('evidence_pack_numbers') as n`);
  return `E-${year}-${String(n).padStart(6, '0')}`;
}

export type NewPack = Pick<
  PackRow,
  | 'id'
  | 'number'
  | 'kind'
  | 'person_id'
  | 'client_number'
  | 'record_id'
  | 'from_day'
  | 'to_day'
  | 'from_at'
  | 'to_at'
  | 'sides'
  | 'needs_approval'
  | 'reason_sealed'
  | 'found'
  | 'asked_by'
  | 'asked_at'
  | 'state'
> & { entry: string };

export async function insertPack(tx: Tx, row: NewPack): Promise<void> {
  await tx.run(sql`insert into evidence_packs (id, number, kind, person_id, client_number, record_id, from_day, to_day, from_at, to_at, sides, needs_approval,
      reason_sealed, found, asked_by, asked_at, state, entry_id)
    values (${row.id}, ${row.number}, ${row.kind}, ${row.person_id}, ${row.client_number}, ${row.record_id}, ${row.from_day}, ${row.to_day}, ${row.from_at},
      ${row.to_at}, ${row.sides}, ${row.needs_approval}, ${row.reason_sealed}, ${row.found}, ${row.asked_by}, ${row.asked_at}, ${row.state}, ${row.entry})`);
}

/** Packs, newest first. */
export function listPackRows(db: Queryable, state: PackState | undefined, after: { at: Date; id: string } | null, limit: number): Promise<PackRow[]> {
  const from = after === null ? sql`true` : sql`(p.asked_at, p.id) < (${after.at}, ${after.id}::uuid)`;
  const which = state === undefined ? sql`true` : sql`p.state = ${state}`;
  return db.many<PackRow>(sql`select ${COLUMNS} ${FROM} where ${which} and ${from} order by p.asked_at desc, p.id desc limit ${limit}`);
}

export function findPack(db: Queryable, id: string): Promise<PackRow | undefined> {
  return db.maybe<PackRow>(sql`select ${COLUMNS} ${FROM} where p.id = ${id}`);
}

export function lockPack(tx: Tx, id: string): Promise<PackRow | undefined> {
  return tx.maybe<PackRow>(sql`select ${COLUMNS} ${FROM} where p.id = ${id} for update of p`);
}

/** How many wait for an answer that this person may give. */
export async function countToDecide(db: Queryable, person: string): Promise<number> {
  const { n } = await db.one<{ n: number }>(sql`select count(*)::int as n from evidence_packs
    where state = 'waiting' and asked_by <> ${person} and person_id is distinct from ${person}::uuid`);
  return n;
}

export async function decidePack(tx: Tx, id: string, state: 'approved' | 'declined', by: string, at: Date): Promise<void> {
  const ended = state === 'declined' ? at : null;
  await tx.run(sql`update evidence_packs set state = ${state}, decided_by = ${by}, decided_at = ${at}, ended_at = ${ended} where id = ${id}`);
}

export async function endPack(tx: Tx, id: string, state: 'withdrawn' | 'failed', failure: string | null, at: Date): Promise<void> {
  await tx.run(sql`update evidence_packs set state = ${state}, failure = ${failure}, ended_at = ${at} where id = ${id}`);
}

export interface MadePack {
  entries: number;
  size: number;
  digest: string;
  sums: string;
  object: string;
  until: Date;
}

export async function readyPack(tx: Tx, id: string, made: MadePack, at: Date): Promise<void> {
  await tx.run(sql`update evidence_packs set state = 'ready', ended_at = ${at}, entries = ${made.entries}, size = ${made.size}, digest = ${made.digest},
    sums = ${made.sums}, object_id = ${made.object}, until = ${made.until} where id = ${id}`);
}

/** Takes the oldest pack that is to be made and that nobody works on; a run of which nothing was heard since is taken over. */
export async function claimPack(tx: Tx, now: Date, silent: Date): Promise<{ id: string; attempt: number } | undefined> {
  const next = await tx.maybe<{ id: string }>(sql`select p.id from evidence_packs p left join evidence_runs r on r.pack_id = p.id
    where p.state = 'approved' and (r.pack_id is null or r.heard_at < ${silent}) order by p.asked_at, p.id limit 1 for update of p skip locked`);
  if (!next) return undefined;
  const { attempt } = await tx.one<{ attempt: number }>(sql`insert into evidence_runs (pack_id, attempt, heard_at) values (${next.id}, 1, ${now})
    on conflict (pack_id) do update set attempt = evidence_runs.attempt + 1, heard_at = ${now}, done = 0 returning attempt`);
  return { id: next.id, attempt };
}

/** Says how far a run is; `false` where another one has taken over. */
export async function advancePack(db: Queryable, run: { id: string; attempt: number }, at: Date, done: number, total: number): Promise<boolean> {
  return (
    (await db.run(sql`update evidence_runs set heard_at = ${at}, done = ${done}, total = ${total} where pack_id = ${run.id} and attempt = ${run.attempt}`)) ===
    1
  );
}

/** Persons by id, pseudonym, user name or name. */
export function findPersons(db: Queryable, text: string): Promise<{ id: string; pseudonym: string }[]> {
  return db.many(sql`select distinct p.id, p.pseudonym from persons p left join accounts a on a.person_id = p.id
    where p.id = ${UUID.test(text) ? text : null}::uuid or p.pseudonym = ${text} or p.display_name = ${text} or a.username = ${text.toLowerCase()} limit 3`);
}

/** How the log names a person and his accounts. */
export async function namesInLog(db: Queryable, person: string): Promise<{ pseudonym: string; subjects: string[] } | undefined> {
  return db.maybe(sql`select p.pseudonym, array[p.id::text] || array(select a.id::text from accounts a where a.person_id = p.id order by a.id) as subjects
    from persons p where p.id = ${person}`);
}

/** Records by id, archival code or service number. */
export async function findRecords(db: Queryable, text: string): Promise<string[]> {
  const byId = UUID.test(text) ? sql`id = ${text}::uuid` : sql`false`;
  const rows = await db.many<{ id: string }>(sql`select id from records where ${byId} or archival_code = ${text} or service_no = ${text} limit 3`);
  return rows.map((row) => row.id);
}

export async function recordsOfClient(db: Queryable, client: string, limit: number): Promise<string[]> {
  const rows = await db.many<{ id: string }>(sql`select id from records where client_number = ${client} order by id limit ${limit}`);
  return rows.map((row) => row.id);
}

export interface RuleInForce {
  kind: string;
  name: string;
  digest: string;
  canonical: string;
  from_at: Date;
  until_at: Date | null;
}

/** Every version of the rules that acted at some time of a period, with its whole text. */
export function rulesInForce(db: Queryable, from: Date, to: Date): Promise<RuleInForce[]> {
  return db.many<RuleInForce>(sql`
    select kind, name, digest, canonical, from_at, until_at from (
      select name as kind, 'v' || to_char(activated_at at time zone 'UTC', 'YYYYMMDDHH24MISSMS') as name, digest, canonical, activated_at as from_at, ended_at as until_at
        from policy_versions where activated_at is not null
      union all
      select kind, name, digest, canonical, activated_at, ended_at from rule_files where activated_at is not null) r
    where from_at < ${to} and (until_at is null or until_at > ${from}) order by kind, from_at, name limit 500`);
}
