import { invalidField } from '../../errors/index.js';
import type { Decision, EntryInput } from '../types.js';

/** What to look for in the log; all given fields must fit. Persons are asked for by their pseudonyms. */
export interface LogFilter {
  actors?: readonly string[] | undefined;
  record?: string | undefined;
  /** Any of these records. */
  records?: readonly string[] | undefined;
  reading?: string | undefined;
  /** Id of the client's dossier. */
  client?: string | undefined;
  /** Id of any subject: an account, a key, a job. */
  subject?: string | undefined;
  acts?: readonly string[] | undefined;
  request?: string | undefined;
  purpose?: string | undefined;
  decision?: Decision | undefined;
  decisions?: readonly Decision[] | undefined;
  /** Codes of the departments of whoever acted; `''` is none. */
  departments?: readonly string[] | undefined;
  /** `''` is none. */
  purposes?: readonly string[] | undefined;
  /** Included. */
  from?: Date | undefined;
  /** Not included. */
  to?: Date | undefined;
}

export interface PageInput {
  /** `next` of the page before. */
  after?: string | undefined;
  /** 1–500, default 50. */
  limit?: number | undefined;
}

/** A place in the log. */
export interface Place {
  log: string;
  sequence: bigint;
}

const CODE = /^[^\s\p{C}]{1,256}$/u;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TEXTS = ['record', 'reading', 'client', 'subject', 'request', 'purpose'] as const;
const MANY = 100;

/** Refuses values that no entry can hold. */
export function checkFilter(filter: LogFilter): void {
  for (const name of TEXTS) if (filter[name] !== undefined && !CODE.test(filter[name])) throw invalidField(name, 'invalid');
  for (const name of ['actors', 'acts', 'records'] as const) {
    const list = filter[name];
    if (list === undefined) continue;
    if (list.length > MANY) throw invalidField(name, 'too_many', { max: MANY });
    if (!list.every((one) => CODE.test(one))) throw invalidField(name, 'invalid');
  }
  for (const name of ['from', 'to'] as const) if (filter[name] !== undefined && Number.isNaN(filter[name].getTime())) throw invalidField(name, 'not_a_time');
}

/**
 * How a look into the log is itself logged: which fields were asked for, and ids as facts, so that a record's trail shows who
 * looked at it. The values as typed go to the side row: someone may have pasted a phone number.
 */
export function filterTrace(filter: LogFilter): Pick<EntryInput, 'facts' | 'side'> {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  const facts: NonNullable<EntryInput['facts']> = { by: given.map(([name]) => name) };
  for (const name of ['record', 'reading', 'client'] as const) if (filter[name] !== undefined && UUID.test(filter[name])) facts[name] = filter[name];
  return given.length === 0 ? { facts } : { facts, side: { filter: JSON.stringify(Object.fromEntries(given)) } };
}

export function encodePlace(place: Place): string {
  return Buffer.from(`${place.log}:${place.sequence}`).toString('base64url');
}

export function decodePlace(text: string): Place {
  const match = /^(\d{4}[b-z]?):(0|[1-9]\d{0,17})$/.exec(Buffer.from(text, 'base64url').toString());
  if (!match) throw invalidField('after', 'invalid');
  return { log: match[1] as string, sequence: BigInt(match[2] as string) };
}

/** Checks and fills the size of a page. */
export function pageSize(limit: number | undefined): number {
  if (limit === undefined) return 50;
  if (!Number.isInteger(limit) || limit < 1 || limit > 500) throw invalidField('limit', 'out_of_range', { min: 1, max: 500 });
  return limit;
}
