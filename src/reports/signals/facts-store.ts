import { type Queryable, sql } from '../../db/index.js';
import type { DayCount, TextFact } from './detect.js';

export interface DayReadingRow {
  reading: string;
  person: string;
  department: string;
  at: Date;
  purpose: string;
  stranger: boolean;
  complaint: number | null;
}

/** Readings opened by persons between two times, with what their clients have to do with the reader's department. */
export function dayReadings(db: Queryable, from: Date, to: Date, complaintDays: number): Promise<DayReadingRow[]> {
  return db.many<DayReadingRow>(sql`
    select g.id as reading, g.person_id as person, coalesce(p.department, '') as department, g.opened_at as at, g.purpose,
      p.department is not null and r.client_number <> '' and not exists (
        select from records o where o.client_number = r.client_number and o.department = p.department) as stranger,
      case when r.client_number = '' then null else (
        select floor(extract(epoch from g.opened_at - max(c.opened_at)) / 86400)::int from records c
        where c.client_number = r.client_number and c.service_type = 'complaint' and c.department <> coalesce(p.department, '')
          and c.opened_at <= g.opened_at and c.opened_at >= g.opened_at - make_interval(days => ${complaintDays})) end as complaint
    from readings g join records r on r.id = g.record_id join persons p on p.id = g.person_id
    where g.opened_at >= ${from} and g.opened_at < ${to} order by g.opened_at, g.id`);
}

/** How many readings each person opened on each day of a time. */
export function dayCounts(db: Queryable, from: Date, to: Date, zone: string): Promise<DayCount[]> {
  return db.many<DayCount>(sql`
    select g.person_id as person, coalesce(p.department, '') as department, to_char(g.opened_at at time zone ${zone}, 'YYYY-MM-DD') as day, count(*)::int as count
    from readings g join persons p on p.id = g.person_id
    where g.opened_at >= ${from} and g.opened_at < ${to} group by 1, 2, 3 order by 1, 3`);
}

export function endedReadings(db: Queryable, from: Date, to: Date): Promise<{ person: string; reading: string; returned: boolean }[]> {
  return db.many(sql`
    select g.person_id as person, g.id as reading, g.state = 'returned' as returned
    from readings g join persons p on p.id = g.person_id where g.ended_at >= ${from} and g.ended_at < ${to} order by g.ended_at, g.id`);
}

/** Readings with a free text between two times, of persons who gave one at least so often. */
export function textsBetween(db: Queryable, from: Date, to: Date, least: number): Promise<TextFact[]> {
  return db.many<TextFact>(sql`
    select reading, person, key, at from (
      select g.id as reading, g.person_id as person, encode(k.note_key, 'hex') as key, g.opened_at as at, count(*) over (partition by g.person_id, k.note_key) as n
      from readings g join reading_note_keys k on k.reading_id = g.id join persons p on p.id = g.person_id
      where g.opened_at >= ${from} and g.opened_at < ${to}) x
    where n >= ${least} order by at, reading`);
}

export interface PersonRow {
  id: string;
  pseudonym: string;
}

export function personsBehind(db: Queryable, pseudonyms: readonly string[]): Promise<PersonRow[]> {
  return db.many<PersonRow>(sql`select id, pseudonym from persons where pseudonym = any (${[...pseudonyms]}::text[])`);
}

export function pseudonymsOf(db: Queryable, persons: readonly string[]): Promise<PersonRow[]> {
  return db.many<PersonRow>(sql`select id, pseudonym from persons where id = any (${[...persons]}::uuid[])`);
}
