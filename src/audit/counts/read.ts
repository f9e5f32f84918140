import type { WorkCalendar } from '../../config/index.js';
import type { Db, Tx } from '../../db/index.js';
import { selectKept, selectRaw, selectUncounted, type Kept, type Raw, type Sum } from './store.js';
import type { CountDimension, CountFilter, CountRow } from './types.js';

/**
 * Counts entries of the log under its newest signed head, apart by what is asked: exactly as many as the log holds, at every
 * moment. Kept counts give what was counted already, the log itself the rest, both of one snapshot; records are counted in the
 * log alone. Not logged here: whoever shows the sums puts that look on record first.
 *
 * `countLog(db, hours, { acts: ['reading.open'], from: '2026-05-01', to: '2026-05-31' }, ['person'])` gives the readings of each
 * person in May as `{ person, count }`, the most first.
 */
export async function countLog<D extends CountDimension>(db: Db, hours: WorkCalendar, filter: CountFilter, by: readonly D[]): Promise<CountRow<D>[]> {
  return await db.tx((tx) => countIn(tx, hours, filter, by), { isolation: 'repeatable read', readOnly: true });
}

/** The same within a transaction, which must read one snapshot (`repeatable read`). */
export async function countIn<D extends CountDimension>(tx: Tx, hours: WorkCalendar, filter: CountFilter, by: readonly D[]): Promise<CountRow<D>[]> {
  const sums = new Sums<D>(by);
  if (filter.records !== undefined) {
    for (const raw of await selectRaw(tx, filter, 'records')) addRaw(sums, hours, filter, raw);
    return sums.rows();
  }
  for (const kept of keptFor(filter, by)) for (const sum of await selectKept(tx, filter, by, kept)) sums.add(sum, Number(sum.n));
  const rest = await selectUncounted(tx);
  if (rest.length > 0) for (const raw of await selectRaw(tx, filter, rest)) addRaw(sums, hours, filter, raw);
  return sums.rows();
}

function addRaw<D extends CountDimension>(sums: Sums<D>, hours: WorkCalendar, filter: CountFilter, raw: Raw): void {
  const day = hours.dayOf(raw.quarter);
  const outside = !hours.within(raw.quarter);
  if ((filter.from !== undefined && day < filter.from) || (filter.to !== undefined && day > filter.to)) return;
  if (filter.outside !== undefined && outside !== filter.outside) return;
  const { act, decision, purpose, department } = raw;
  sums.add({ day, outside, act, decision, purpose, department, person: raw.actor }, raw.n);
}

/** Adds up by some dimensions. */
class Sums<D extends CountDimension> {
  readonly #sums = new Map<string, CountRow<D>>();

  constructor(private readonly by: readonly D[]) {}

  add(from: Partial<Omit<Sum, 'n'>>, count: number): void {
    const key = JSON.stringify(this.by.map((one) => from[one]));
    const found = this.#sums.get(key);
    if (found) found.count += count;
    else this.#sums.set(key, { ...Object.fromEntries(this.by.map((one) => [one, from[one]])), count } as CountRow<D>);
  }

  /** By day where days are asked for, else the most first. */
  rows(): CountRow<D>[] {
    const all = [...this.#sums.values()];
    const text = (row: CountRow<D>): string => this.by.map((one) => String((row as Record<string, unknown>)[one])).join('\0');
    const byText = (a: CountRow<D>, b: CountRow<D>): number => (text(a) < text(b) ? -1 : 1);
    if ((this.by as readonly string[]).includes('day'))
      return all.sort((a, b) => compare((a as { day?: string }).day, (b as { day?: string }).day) || byText(a, b));
    return all.sort((a, b) => b.count - a.count || byText(a, b));
  }
}

const compare = (a = '', b = ''): number => (a < b ? -1 : a > b ? 1 : 0);

/** The fewest rows that give the sums: persons, acts and purposes taken together where nobody asks for one, whole months where they fit. Pure. */
export function keptFor(filter: CountFilter, by: readonly CountDimension[]): Kept[] {
  const { from, to } = filter;
  const plain = filter.acts === undefined && filter.purposes === undefined && !by.includes('act') && !by.includes('purpose');
  if (filter.actors !== undefined) return [{ table: 'people', from, to }];
  if (by.includes('person')) {
    if (by.includes('day')) return [{ table: plain ? 'plainPeople' : 'people', from, to }];
    return plain ? inMonths('plainMonths', 'plainPeople', filter) : inMonths('months', 'people', filter);
  }
  if (plain) return [{ table: 'plainDays', from, to }];
  return by.includes('day') ? [{ table: 'days', from, to }] : inMonths('kindMonths', 'days', filter);
}

/** Whole months from one table, the days beside them from another. */
function inMonths(whole: Kept['table'], single: Kept['table'], { from, to }: CountFilter): Kept[] {
  const first = from === undefined || from.endsWith('-01') ? from : shift(from, 1);
  const last = to === undefined ? undefined : shift(nextDay(to), -1);
  if (first !== undefined && last !== undefined && first > last) return [{ table: single, from, to }];
  const parts: Kept[] = [{ table: whole, from: first, to: last }];
  if (from !== undefined && first !== undefined && from < first) parts.push({ table: single, from, to: nextDay(first, -1) });
  const open = last === undefined ? undefined : shift(last, 1);
  if (to !== undefined && open !== undefined && open <= to) parts.push({ table: single, from: open, to });
  return parts;
}

function nextDay(day: string, by = 1): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + by * 86_400_000).toISOString().slice(0, 10);
}

/** First day of the month that lies so many months after that of a day. */
function shift(day: string, months: number): string {
  return new Date(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1 + months, 1)).toISOString().slice(0, 10);
}
