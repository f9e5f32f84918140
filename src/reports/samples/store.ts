import { type Queryable, sql, type Tx } from '../../db/index.js';
import type { Place } from '../page.js';
import type { Confidence } from './interval.js';
import type { Mark, SampleKind, SampleState } from './kinds.js';

export interface SampleRow {
  id: string;
  number: string;
  kind: SampleKind;
  from_day: string;
  to_day: string;
  from_at: Date;
  to_at: Date;
  head_log: string;
  head_size: bigint;
  seed: string;
  frame: number;
  frame_digest: string;
  size: number;
  rules: string;
  drawer_most: number;
  confidence: Confidence;
  state: SampleState;
  drawn_by: string;
  announced_at: Date;
  drawn_at: Date | null;
  closed_by: string | null;
  closed_at: Date | null;
}

export interface Counts {
  items: number;
  justified: number;
  not_justified: number;
  unclear: number;
}

const SAMPLE = sql`s.id, s.number, s.kind, s.from_day, s.to_day, s.from_at, s.to_at, s.head_log, s.head_size, s.seed, s.frame, s.frame_digest, s.size, s.rules, s.drawer_most, s.confidence,
  s.state, s.drawn_by, s.announced_at, s.drawn_at, s.closed_by, s.closed_at`;
const COUNTS = sql`(select count(*)::int from sample_items i where i.sample_id = s.id) as items,
  (select count(*) filter (where mark = 'justified')::int from sample_newest_marks m where m.sample_id = s.id) as justified,
  (select count(*) filter (where mark = 'not_justified')::int from sample_newest_marks m where m.sample_id = s.id) as not_justified,
  (select count(*) filter (where mark = 'unclear')::int from sample_newest_marks m where m.sample_id = s.id) as unclear`;

export async function nextSampleNumber(tx: Tx, year: number): Promise<string> {
  const { n } = await tx.one<{ n: bigint }>(sql`select nextval('sample_numbers') as n`);
  return `S-${year}-${String(n).padStart(6, '0')}`;
}

export async function insertSample(tx: Tx, one: Omit<SampleRow, 'state' | 'drawn_at' | 'closed_by' | 'closed_at'> & { entry: string }): Promise<void> {
  await tx.run(sql`insert into samples (id, number, kind, from_day, to_day, from_at, to_at, head_log, head_size, seed, frame, frame_digest, size, rules, drawer_most, confidence, state, drawn_by, announced_at, entry_id)
    values (${one.id}, ${one.number}, ${one.kind}, ${one.from_day}::date, ${one.to_day}::date, ${one.from_at}, ${one.to_at}, ${one.head_log}, ${one.head_size}, ${one.seed}, ${one.frame}, ${one.frame_digest},
      ${one.size}, ${one.rules}, ${one.drawer_most}, ${one.confidence}, 'announced', ${one.drawn_by}, ${one.announced_at}, ${one.entry})`);
}

export function lockSample(tx: Tx, id: string): Promise<SampleRow | undefined> {
  return tx.maybe<SampleRow>(sql`select ${SAMPLE} from samples s where s.id = ${id} for update`);
}

export function findSample(db: Queryable, id: string): Promise<(SampleRow & Counts) | undefined> {
  return db.maybe<SampleRow & Counts>(sql`select ${SAMPLE}, ${COUNTS} from samples s where s.id = ${id}`);
}

/** Samples, newest first. */
export function listSampleRows(
  db: Queryable,
  filter: { state?: SampleState | undefined },
  after: Place | null,
  limit: number,
): Promise<(SampleRow & Counts)[]> {
  const state = filter.state === undefined ? sql`` : sql`and s.state = ${filter.state}`;
  const from = after ? sql`and (s.announced_at, s.id) < (${after.at}, ${after.id}::uuid)` : sql``;
  return db.many<SampleRow & Counts>(
    sql`select ${SAMPLE}, ${COUNTS} from samples s where true ${state} ${from} order by s.announced_at desc, s.id desc limit ${limit}`,
  );
}

/** Open samples in which something is left that this person may mark. */
export async function countToMark(db: Queryable, person: string): Promise<number> {
  const { n } = await db.one<{ n: number }>(sql`select count(*)::int as n from samples s where s.state = 'open' and exists (
    select from sample_items i where i.sample_id = s.id and i.person_id is distinct from ${person}
      and not exists (select from sample_marks m where m.sample_id = i.sample_id and m.position = i.position))
    and (s.drawn_by <> ${person} or s.drawer_most > (select count(*) from sample_newest_marks m where m.sample_id = s.id and m.marked_by = ${person}))`);
  return n;
}

export interface DrawnItem {
  position: number;
  entry: string;
  log: string;
  sequence: bigint;
  actor: string;
}

/** Who is behind the pseudonyms is looked up here, once. */
export async function insertItems(tx: Tx, sample: string, items: readonly DrawnItem[]): Promise<void> {
  await tx.run(sql`insert into sample_items (sample_id, position, entry_id, log, sequence, person_id)
    select ${sample}, i.position, i.entry, i.log, i.sequence, p.id
    from unnest(${items.map((one) => one.position)}::int[], ${items.map((one) => one.entry)}::uuid[], ${items.map((one) => one.log)}::text[],
      ${items.map((one) => one.sequence)}::bigint[], ${items.map((one) => one.actor)}::text[]) as i (position, entry, log, sequence, actor)
    left join persons p on p.pseudonym = i.actor`);
}

export async function openSampleRow(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.run(sql`update samples set state = 'open', drawn_at = ${at} where id = ${id}`);
}

export async function closeSampleRow(tx: Tx, id: string, person: string, at: Date): Promise<void> {
  await tx.run(sql`update samples set state = 'closed', closed_by = ${person}, closed_at = ${at} where id = ${id}`);
}

export interface ItemRow {
  position: number;
  entry_id: string;
  log: string;
  sequence: bigint;
  person_id: string | null;
  case_id: string | null;
  case_number: string | null;
  mark_id: string | null;
  mark: Mark | null;
  marked_by: string | null;
  marked_at: Date | null;
  note_sealed: Buffer | null;
}

const ITEM = sql`select i.position, i.entry_id, i.log, i.sequence, i.person_id, i.case_id, c.number as case_number,
  m.id as mark_id, m.mark, m.marked_by, m.at as marked_at, m.note_sealed
  from sample_items i left join sample_newest_marks m on m.sample_id = i.sample_id and m.position = i.position left join signal_cases c on c.id = i.case_id`;

/** Items in the order of the log, from behind a position. */
export function itemRows(db: Queryable, sample: string, after: number, limit: number): Promise<ItemRow[]> {
  return db.many<ItemRow>(sql`${ITEM} where i.sample_id = ${sample} and i.position > ${after} order by i.position limit ${limit}`);
}

export function findItem(db: Queryable, sample: string, position: number): Promise<ItemRow | undefined> {
  return db.maybe<ItemRow>(sql`${ITEM} where i.sample_id = ${sample} and i.position = ${position}`);
}

/** The next item behind a position that nobody has marked and that is not about this person; from the first again. */
export async function nextToMark(db: Queryable, sample: string, person: string, behind: number): Promise<number | null> {
  const row = await db.maybe<{ position: number }>(sql`select position from sample_items i where sample_id = ${sample} and person_id is distinct from ${person}
    and not exists (select from sample_marks m where m.sample_id = i.sample_id and m.position = i.position) order by position <= ${behind}, position limit 1`);
  return row?.position ?? null;
}

/** How many items the drawer has marked, one left out. */
export async function marksOf(db: Queryable, sample: string, person: string, but: number): Promise<number> {
  const { n } = await db.one<{ n: number }>(
    sql`select count(*)::int as n from sample_newest_marks where sample_id = ${sample} and marked_by = ${person} and position <> ${but}`,
  );
  return n;
}

export async function insertMark(
  tx: Tx,
  one: { id: string; sample: string; position: number; mark: Mark; by: string; at: Date; note_sealed: Buffer | null; entry: string },
): Promise<void> {
  await tx.run(sql`insert into sample_marks (id, sample_id, position, mark, marked_by, at, note_sealed, entry_id)
    values (${one.id}, ${one.sample}, ${one.position}, ${one.mark}, ${one.by}, ${one.at}, ${one.note_sealed}, ${one.entry})`);
}

export async function itemToCase(tx: Tx, sample: string, position: number, caseId: string): Promise<void> {
  await tx.run(sql`update sample_items set case_id = ${caseId} where sample_id = ${sample} and position = ${position}`);
}

/** The items that led to a case. */
export function itemsOfCase(db: Queryable, caseId: string): Promise<{ sample_id: string; number: string; kind: SampleKind; position: number }[]> {
  return db.many(sql`select i.sample_id, s.number, s.kind, i.position from sample_items i join samples s on s.id = i.sample_id
    where i.case_id = ${caseId} order by s.announced_at, i.position limit 200`);
}
