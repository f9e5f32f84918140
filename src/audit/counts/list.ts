import { QUARTER, type WorkCalendar } from '../../config/index.js';
import { invalidField } from '../../errors/index.js';
import type { Db, Tx } from '../../db/index.js';
import { decodePlace, encodePlace, pageSize, type LogFilter, type PageInput, type Place } from '../search/filter.js';
import { selectPage, selectSpan, streamEntries, useIndexes } from '../search/store.js';
import type { LoggedEntry } from '../types.js';
import { countIn, countLog } from './read.js';
import { selectNewestDay } from './store.js';
import type { CountFilter } from './types.js';

const DAY = 86_400_000;
/** Days in which the entries of a page are looked for first; only where these are too few are all others asked. */
const NEAR = 40;

/** Where the next page begins: before a place, on its day. */
function encodeAfter(item: LoggedEntry, day: string): string {
  return `${day}.${encodePlace(item)}`;
}

function decodeAfter(text: string): { day: string; place: Place } {
  const match = /^(\d{4}-\d{2}-\d{2})\.([\w-]+)$/.exec(text);
  if (!match) throw invalidField('after', 'invalid');
  return { day: match[1] as string, place: decodePlace(match[2] as string) };
}

/** The parts of a local day that a question is about, newest first: all of it, or what lies within or outside working hours. */
export function partsOf(hours: WorkCalendar, day: string, outside: boolean | undefined): { from: Date; to: Date }[] {
  const start = hours.startOf(day);
  const parts: { from: Date; to: Date }[] = [];
  for (let at = start.getTime(); at < start.getTime() + 27 * 3_600_000; at += QUARTER) {
    const quarter = new Date(at);
    if (hours.dayOf(quarter) !== day) break;
    if (outside !== undefined && hours.within(quarter) === outside) continue;
    const last = parts.at(-1);
    if (last?.to.getTime() === at) last.to = new Date(at + QUARTER);
    else parts.push({ from: quarter, to: new Date(at + QUARTER) });
  }
  return parts.reverse();
}

function logFilter(filter: CountFilter, part: { from: Date; to: Date }): LogFilter {
  const { actors, departments, acts, purposes, decisions, records } = filter;
  return { actors, departments, acts, purposes, decisions, records, from: part.from, to: part.to };
}

const earlier = (one: Place, other: Place): Place => {
  if (one.log !== other.log) return one.log < other.log ? one : other;
  return one.sequence < other.sequence ? one : other;
};

/** Entries of one day, newest first, before a place. */
async function ofDay(tx: Tx, hours: WorkCalendar, filter: CountFilter, day: string, before: Place | undefined, limit: number): Promise<LoggedEntry[]> {
  const found: LoggedEntry[] = [];
  for (const part of partsOf(hours, day, filter.outside)) {
    const asked = logFilter(filter, part);
    const span = await selectSpan(tx, asked);
    if (!span) return found;
    found.push(...(await selectPage(tx, asked, before ? { from: span.from, to: earlier(before, span.to) } : span, limit - found.length)));
    if (found.length >= limit) return found;
  }
  return found;
}

/** The days on which there are entries of a question, newest first: the nearest, then, where one goes on, all before. */
async function* daysOf(tx: Tx, hours: WorkCalendar, filter: CountFilter): AsyncGenerator<string> {
  const counted = await selectNewestDay(tx);
  const newest = counted === undefined || (filter.to !== undefined && filter.to < counted) ? filter.to : counted;
  const split = newest === undefined ? undefined : shiftDay(newest, -NEAR);
  const near = split !== undefined && (filter.from === undefined || filter.from < split);
  yield* await daysIn(tx, hours, near ? { ...filter, from: split } : filter);
  if (near) yield* await daysIn(tx, hours, { ...filter, to: shiftDay(split, -1) });
}

async function daysIn(tx: Tx, hours: WorkCalendar, filter: CountFilter): Promise<string[]> {
  return (await countIn(tx, hours, filter, ['day'])).map((one) => one.day).reverse();
}

function shiftDay(day: string, by: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + by * DAY).toISOString().slice(0, 10);
}

/**
 * A page of the entries that {@link countLog} counts for the same question, newest first. The counts say on which days there
 * are any, and only those days are read: what is rare among ten million entries is found as quickly as what is common.
 */
export async function listCounted(db: Db, hours: WorkCalendar, filter: CountFilter, page: PageInput): Promise<{ items: LoggedEntry[]; next: string | null }> {
  const limit = pageSize(page.limit);
  const after = page.after === undefined ? undefined : decodeAfter(page.after);
  return await db.tx(
    async (tx) => {
      const to = after && (filter.to === undefined || after.day < filter.to) ? after.day : filter.to;
      const items: LoggedEntry[] = [];
      let indexed = false;
      for await (const day of daysOf(tx, hours, { ...filter, to })) {
        if (!indexed) await useIndexes(tx);
        indexed = true;
        items.push(...(await ofDay(tx, hours, filter, day, after?.place, limit + 1 - items.length)));
        if (items.length > limit) break;
      }
      const shown = items.slice(0, limit);
      const last = shown.at(-1);
      return { items: shown, next: items.length > limit && last ? encodeAfter(last, hours.dayOf(new Date(last.entry.t))) : null };
    },
    { isolation: 'repeatable read', readOnly: true },
  );
}

/** All entries of a question under the newest head of this moment, newest first, in batches. */
export async function* streamCounted(db: Db, hours: WorkCalendar, filter: CountFilter): AsyncGenerator<LoggedEntry[]> {
  const head = await selectSpan(db, {});
  if (!head) return;
  const days = await countLog(db, hours, filter, ['day']);
  for (const { day } of days.reverse()) {
    for (const part of partsOf(hours, day, filter.outside)) {
      const asked = logFilter(filter, part);
      const span = await selectSpan(db, asked);
      if (span) yield* streamEntries(db, asked, { from: span.from, to: earlier(head.to, span.to) });
    }
  }
}

/** Local day so many days before an instant's. */
export function daysBefore(hours: WorkCalendar, at: Date, days: number): string {
  return hours.dayOf(new Date(at.getTime() - days * DAY));
}
