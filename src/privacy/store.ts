import { type Queryable, sql, type Sql, type Tx } from '../db/index.js';
import type { LetterKind, Outcome, PrivacyKind, PrivacyState, PrivacyStep } from './values.js';

export interface RequestRow {
  id: string;
  year: number;
  serial: number;
  kind: PrivacyKind;
  channel: string;
  client_number: string;
  received_at: Date;
  asked_sealed: Buffer;
  state: PrivacyState;
  due: string;
  extended_to: string | null;
  policy: string;
  two_persons: boolean;
  registered_by: string;
  registered_at: Date;
  identity_method: string | null;
  outcome: Outcome | null;
  ground: string | null;
  decided_by: string | null;
  decided_at: Date | null;
  answered_at: Date | null;
  closed_at: Date | null;
}

const COLUMNS = sql`q.id, q.year, q.serial, q.kind, q.channel, q.client_number, q.received_at, q.asked_sealed, q.state, q.due, q.extended_to, q.policy, q.two_persons, q.registered_by,
  q.registered_at, q.identity_method, q.outcome, q.ground, q.decided_by, q.decided_at, q.answered_at, q.closed_at`;

/** The next number of a year, gapless: whoever registers at the same time waits for the end of this transaction. */
export async function nextSerial(tx: Tx, year: number): Promise<number> {
  await tx.run(sql`select pg_advisory_xact_lock(7104293, ${year}::int)`);
  const { n } = await tx.one<{ n: number }>(sql`select coalesce(max(serial), 0)::int + 1 as n from privacy_requests where year = ${year}`);
  return n;
}

export async function insertRequest(
  tx: Tx,
  row: {
    id: string;
    year: number;
    serial: number;
    kind: string;
    channel: string;
    client: string;
    receivedAt: Date;
    asked: Buffer;
    due: string;
    policy: string;
    twoPersons: boolean;
    by: string;
    at: Date;
  },
): Promise<void> {
  await tx.run(sql`insert into privacy_requests (id, year, serial, kind, channel, client_number, received_at, asked_sealed, state, due, policy, two_persons, registered_by, registered_at)
    values (${row.id}, ${row.year}, ${row.serial}, ${row.kind}, ${row.channel}, ${row.client}, ${row.receivedAt}, ${row.asked}, 'received', ${row.due}::date, ${row.policy}, ${row.twoPersons}, ${row.by}, ${row.at})`);
}

export async function lockRequest(tx: Tx, id: string): Promise<RequestRow | undefined> {
  return tx.maybe<RequestRow>(sql`select ${COLUMNS} from privacy_requests q where q.id = ${id} for update`);
}

export async function requestById(db: Queryable, id: string): Promise<RequestRow | undefined> {
  return db.maybe<RequestRow>(sql`select ${COLUMNS} from privacy_requests q where q.id = ${id}`);
}

export async function setIdentified(tx: Tx, id: string, method: string): Promise<void> {
  await tx.run(sql`update privacy_requests set state = 'identified', identity_method = ${method} where id = ${id}`);
}

export async function setState(tx: Tx, id: string, state: 'examined'): Promise<void> {
  await tx.run(sql`update privacy_requests set state = ${state} where id = ${id}`);
}

export async function setExtended(tx: Tx, id: string, to: string): Promise<void> {
  await tx.run(sql`update privacy_requests set extended_to = ${to}::date where id = ${id}`);
}

export async function setDecided(tx: Tx, id: string, step: { outcome: string; ground: string | null; by: string; at: Date }): Promise<void> {
  await tx.run(
    sql`update privacy_requests set state = 'decided', outcome = ${step.outcome}, ground = ${step.ground}, decided_by = ${step.by}, decided_at = ${step.at} where id = ${id}`,
  );
}

export async function setAnswered(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.run(sql`update privacy_requests set state = 'answered', answered_at = ${at} where id = ${id}`);
}

export async function setClosed(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.run(sql`update privacy_requests set state = 'closed', closed_at = ${at} where id = ${id}`);
}

export interface StepRow {
  at: Date;
  by_person: string;
  step: PrivacyStep;
  note_sealed: Buffer | null;
  facts: Record<string, string | number | boolean | null>;
}

export async function insertStep(
  tx: Tx,
  row: { request: string; at: Date; by: string; step: PrivacyStep; note: Buffer | null; facts: Record<string, unknown>; entry: string },
): Promise<void> {
  await tx.run(sql`insert into privacy_steps (request_id, at, by_person, step, note_sealed, facts, entry_id)
    values (${row.request}, ${row.at}, ${row.by}, ${row.step}, ${row.note}, ${JSON.stringify(row.facts)}::jsonb, ${row.entry})`);
}

export async function stepsOf(db: Queryable, request: string): Promise<StepRow[]> {
  return db.many<StepRow>(sql`select at, by_person, step, note_sealed, facts from privacy_steps where request_id = ${request} order by id`);
}

export interface RequestFilter {
  state?: string | undefined;
  kind?: string | undefined;
  client?: string | undefined;
  /** Not answered although the day was before this one. */
  overdueOn?: string | undefined;
  /** Not answered yet. */
  open?: boolean | undefined;
}

function condition(filter: RequestFilter): Sql {
  const parts: Sql[] = [];
  if (filter.state !== undefined) parts.push(sql`and q.state = ${filter.state}`);
  if (filter.kind !== undefined) parts.push(sql`and q.kind = ${filter.kind}`);
  if (filter.client !== undefined) parts.push(sql`and q.client_number = ${filter.client}`);
  if (filter.open === true || filter.overdueOn !== undefined) parts.push(sql`and q.state not in ('answered', 'closed')`);
  if (filter.overdueOn !== undefined) parts.push(sql`and coalesce(q.extended_to, q.due) < ${filter.overdueOn}::date`);
  return parts.reduce((all, one) => sql`${all} ${one}`, sql``);
}

/** The register, newest receipt first. */
export async function pageOfRequests(db: Queryable, filter: RequestFilter, after: { at: Date; id: string } | null, limit: number): Promise<RequestRow[]> {
  const from = after ? sql`and (q.received_at, q.id) < (${after.at}, ${after.id}::uuid)` : sql``;
  return db.many<RequestRow>(
    sql`select ${COLUMNS} from privacy_requests q where true ${condition(filter)} ${from} order by q.received_at desc, q.id desc limit ${limit}`,
  );
}

/** How many are open, overdue on a day, due up to a day, and wait for a decision by somebody other than this person. */
export async function requestCounts(
  db: Queryable,
  today: string,
  soon: string,
  person: string | null,
): Promise<{ open: number; overdue: number; soon: number; decide: number }> {
  return db.one(sql`select count(*)::int as open, count(*) filter (where coalesce(extended_to, due) < ${today}::date)::int as overdue,
      count(*) filter (where coalesce(extended_to, due) between ${today}::date and ${soon}::date)::int as soon,
      count(*) filter (where state = 'examined' and (not two_persons or registered_by is distinct from ${person}::uuid))::int as decide
    from privacy_requests where state not in ('answered', 'closed')`);
}

export interface ErasureFinding {
  records: number;
  /** Their term prescribed by law is not over on that day. */
  term: number;
  held: number;
  /** Neither: they may be destroyed before their term. */
  free: number;
}

/** Locks a client's records until the transaction ends, in id order: a hold that comes meanwhile comes before or after, never in between. */
export async function lockRecordsOf(tx: Tx, client: string): Promise<void> {
  await tx.run(sql`lock table records in row exclusive mode`);
  await tx.run(sql`select from records where client_number = ${client} order by id for update`);
}

/** What stands against erasing a client's records, on a day. */
export async function erasureFinding(db: Queryable, client: string, today: string): Promise<ErasureFinding> {
  return db.one(sql`select count(*)::int as records, (count(*) filter (where r.term_minimum >= ${today}::date))::int as term, (count(*) filter (where r.held or record_is_held(r.id)))::int as held,
      (count(*) filter (where r.term_minimum < ${today}::date and not r.held and not record_is_held(r.id)))::int as free
    from records r where r.client_number = ${client} and r.state not in ('destroyed', 'transferred')`);
}

/** Marks for destruction what nothing stands against; how many. */
export async function markForDestruction(tx: Tx, request: string, client: string, today: string): Promise<number> {
  return tx.run(sql`insert into privacy_erasures (request_id, record_id) select ${request}, r.id from records r
    where r.client_number = ${client} and r.state not in ('destroyed', 'transferred') and r.term_minimum < ${today}::date and not r.held and not record_is_held(r.id)`);
}

/** Numbers of what was done for a request: a copy that holds something, restrictions over what is this client's, none of them waiting or under way. */
export async function doneFor(db: Queryable, request: string): Promise<{ copies: number; corrections: number; restrictions: number; letters: LetterKind[] }> {
  return db.one(sql`select
      (select count(*)::int from privacy_copies where request_id = q.id and whole and (included > 0 or records = 0)) as copies,
      (select count(*)::int from corrections where request_id = q.id and state = 'agreed') as corrections,
      (select count(*)::int from restrictions s where s.request_id = q.id and s.state in ('live', 'release_proposed')
        and not exists (select from restrictions w where w.request_id = q.id and w.state in ('proposed', 'setting')) and (s.client_number = q.client_number
        or exists (select from restriction_records x join records r on r.id = x.record_id where x.restriction_id = s.id and r.client_number = q.client_number))) as restrictions,
      coalesce((select array_agg(l.kind order by l.made_at) from privacy_letters l where l.request_id = q.id and l.made_at >= coalesce(q.decided_at, l.made_at)), '{}') as letters
    from privacy_requests q where q.id = ${request}`);
}

export interface LetterRow {
  id: string;
  kind: LetterKind;
  lang: 'zh' | 'en';
  made_by: string;
  made_at: Date;
}

export async function insertLetter(
  tx: Tx,
  row: { id: string; request: string; kind: string; lang: string; pdf: Buffer; by: string; at: Date; entry: string },
): Promise<void> {
  await tx.run(sql`insert into privacy_letters (id, request_id, kind, lang, pdf_sealed, made_by, made_at, entry_id)
    values (${row.id}, ${row.request}, ${row.kind}, ${row.lang}, ${row.pdf}, ${row.by}, ${row.at}, ${row.entry})`);
}

export async function lettersOf(db: Queryable, request: string): Promise<LetterRow[]> {
  return db.many<LetterRow>(sql`select id, kind, lang, made_by, made_at from privacy_letters where request_id = ${request} order by made_at, id`);
}

export async function letterById(db: Queryable, request: string, id: string): Promise<(LetterRow & { pdf_sealed: Buffer }) | undefined> {
  return db.maybe(sql`select id, kind, lang, made_by, made_at, pdf_sealed from privacy_letters where request_id = ${request} and id = ${id}`);
}
