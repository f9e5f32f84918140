import { LOG_NAME } from '../../audit/index.js';
import { invalidField } from '../../errors/index.js';
import type { HoldsDeps } from './deps.js';
import { HOLD_MATTERS, HOLD_NAMED, HOLD_REASON, HOLD_REFERENCE, OWNER_ROLES, REVIEW_DAYS, type HoldMatter } from './values.js';
import { dayText } from '../../records/index.js';

/** What a hold is over: one of the four. */
export interface ScopeInput {
  records?: readonly string[] | undefined;
  /** The same by service number or archival code. */
  numbers?: readonly string[] | undefined;
  /** Everything of this client, present and to come. */
  client?: string | undefined;
  /** Everything that meets these filters of the query language, present and to come; no words. */
  query?: string | undefined;
  /** The entries of this audit log, or of every one with `all`: kept beyond their term. */
  log?: string | undefined;
}

export interface HoldInput extends ScopeInput {
  matter: string;
  /** The matter's own number, with a court for instance. */
  reference?: string | undefined;
  reason: string;
  /** Day by which it is asked anew whether it is still needed; a freeze has none. */
  reviewOn?: string | undefined;
  /** Person who keeps it; whoever sets it, unless said. */
  owner?: string | undefined;
}

/** The scope as one of four, trimmed; refuses none and several. */
export function scopeOf(input: ScopeInput): { list: string[] } | { numbers: string[] } | { client: string } | { query: string } | { log: string } {
  const client = input.client?.trim() ?? '';
  const query = input.query?.trim() ?? '';
  const log = input.log?.trim() ?? '';
  const list = [...new Set(input.records ?? [])];
  const numbers = [...new Set((input.numbers ?? []).map((one) => one.trim()).filter((one) => one !== ''))];
  const named = [client !== '', query !== '', log !== '', list.length > 0, numbers.length > 0].filter(Boolean).length;
  if (named === 0) throw invalidField('records', 'missing');
  if (named > 1) throw invalidField('records', 'one_way');
  if (list.length > HOLD_NAMED) throw invalidField('records', 'too_many', { max: HOLD_NAMED });
  if (numbers.length > HOLD_NAMED) throw invalidField('numbers', 'too_many', { max: HOLD_NAMED });
  if (numbers.some((one) => one.includes('\0') || one.length > 200)) throw invalidField('numbers', 'invalid');
  if (log !== '' && log !== 'all' && !LOG_NAME.test(log)) throw invalidField('log', 'invalid');
  if (log !== '') return { log };
  if (client.includes('\0')) throw invalidField('client', 'nul');
  if (client.length > 64) throw invalidField('client', 'too_long', { max: 64 });
  return client !== '' ? { client } : query !== '' ? { query } : numbers.length > 0 ? { numbers } : { list };
}

export function textOf(field: string, text: string | undefined, max: number, must: boolean): string {
  const found = text?.trim() ?? '';
  if (must && found === '') throw invalidField(field, 'missing');
  if (found.length > max) throw invalidField(field, 'too_long', { max });
  return found;
}

export const reasonOf = (text: string): string => textOf('reason', text, HOLD_REASON, true);

export function matterOf(text: string): HoldMatter {
  const found = HOLD_MATTERS.find((one) => one === text);
  if (!found) throw invalidField('matter', text === '' ? 'missing' : 'unknown_value');
  return found;
}

export const referenceOf = (text: string | undefined): string => textOf('reference', text, HOLD_REFERENCE, false);

/** A day to come, within a year. */
export function reviewOf(deps: Pick<HoldsDeps, 'now' | 'settings'>, text: string | undefined): string {
  const day = text?.trim() ?? '';
  if (day === '') throw invalidField('reviewOn', 'missing');
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(Date.parse(day)) || new Date(day).toISOString().slice(0, 10) !== day)
    throw invalidField('reviewOn', 'not_a_date');
  const now = deps.now();
  if (day <= dayText(now, deps.settings.zone)) throw invalidField('reviewOn', 'must_be_ahead');
  if (day > dayText(new Date(now.getTime() + REVIEW_DAYS * 86_400_000), deps.settings.zone)) throw invalidField('reviewOn', 'too_late');
  return day;
}

/** Who keeps a hold: whoever is named, where that person may; otherwise the one who asks. */
export async function ownerOf(deps: Pick<HoldsDeps, 'people'>, named: string | undefined, by: string): Promise<string> {
  if (named === undefined || named === '' || named === by) return by;
  if (!(await ownersOf(deps)).includes(named)) throw invalidField('owner', 'unknown_value');
  return named;
}

/** Persons who may keep holds. */
export async function ownersOf(deps: Pick<HoldsDeps, 'people'>): Promise<string[]> {
  return (await deps.people.holdersOf(OWNER_ROLES)).map((one) => one.personId);
}
