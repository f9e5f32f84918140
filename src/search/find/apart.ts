import type { Actor } from '../../audit/index.js';
import { lookUp, parseQuery } from '../../records/index.js';
import type { SearchFilters } from '../port.js';
import { keyOf } from '../query/keys.js';
import { lex, type Lexeme } from '../query/lex.js';
import { bareQuery, QUERY_LENGTH } from '../query/parse.js';
import type { SearchDeps } from './deps.js';

/** What stands among the words of a query and narrows it as a filter would. */
export interface Apart {
  /** The query with blanks in their place, so that what is left stands where it stood. */
  q: string;
  days: { from: string; to: string } | null;
  /** Clients whose phone number was written, as far as the viewer may find a record with it. */
  clients: readonly string[] | null;
}

/** Records by which the clients of a phone number are told; the newest. */
const OF_A_PHONE = 200;
/** Numbers among words that are looked up, so that one query never asks for many. */
const LOOKED_UP = 3;

const isDigits = (one: Lexeme): boolean => one.kind === 'word' && !one.without && /^[+\d()./-]+$/.test(one.text.normalize('NFKC'));

/** Words that may be a phone number together, as it is grouped when it is read out. */
function numbersAmong(lexemes: readonly Lexeme[]): Lexeme[][] {
  const runs: Lexeme[][] = [];
  lexemes.forEach((one, i) => {
    if (!isDigits(one)) return;
    const before = lexemes[i - 1];
    if (before !== undefined && isDigits(before)) runs.at(-1)?.push(one);
    else runs.push([one]);
  });
  return runs;
}

const textOf = (run: readonly Lexeme[]): string => run.map((one) => one.text).join(' ');

function phoneIn(run: readonly Lexeme[]): boolean {
  const understood = parseQuery(textOf(run));
  return understood.kind === 'number' && understood.phone !== undefined;
}

const blank = (q: string, { at, end }: Pick<Lexeme, 'at' | 'end'>): string => q.slice(0, at) + ' '.repeat(end - at) + q.slice(end);

/**
 * Takes a day and a phone number out of a query that holds words beside them. A phone number that the viewer finds no record by
 * stays a word like any other.
 */
export async function takenApart(deps: SearchDeps, actor: Actor, q: string): Promise<Apart> {
  const apart: Apart = { q, days: null, clients: null };
  const lexemes = lex(q, (name) => keyOf(name) !== undefined).filter((one) => one.kind !== 'filter');
  if (lexemes.length < 2 || Array.from(q).length > QUERY_LENGTH || parseQuery(bareQuery(q)).kind === 'day') return apart;
  const days = lexemes.map((one) => (one.kind === 'word' && !one.without ? parseQuery(one.text) : undefined));
  const at = days.findIndex((one) => one?.kind === 'day');
  const [day, one] = [days[at], lexemes[at]];
  if (day?.kind === 'day' && one !== undefined) Object.assign(apart, { q: blank(q, one), days: { from: day.from, to: day.to } });
  const left = lexemes.filter((_, i) => i !== at);
  const phones = numbersAmong(left).filter((run) => run.length < left.length && phoneIn(run));
  for (const run of phones.slice(0, LOOKED_UP)) {
    const { items } = await lookUp(deps, actor, textOf(run), { limit: OF_A_PHONE });
    const clients = [...new Set(items.filter((one) => one.by === 'phone').map((one) => one.client.number))];
    if (clients.length > 0) return { ...apart, q: run.reduce(blank, apart.q), clients };
  }
  return apart;
}

/** The filters of a query with what else narrows it. */
export function narrowedBy(filters: SearchFilters, { clients }: Pick<Apart, 'clients'>): SearchFilters {
  if (clients === null) return filters;
  const typed = filters.client_number;
  return { ...filters, client_number: typed === undefined ? clients : typed.filter((one) => clients.includes(one)) };
}
