import type { Actor } from '../../audit/index.js';
import { lookUp, parseQuery } from '../../records/index.js';
import type { SearchFilters } from '../port.js';
import { keyOf } from '../query/keys.js';
import { lex, type Lexeme } from '../query/lex.js';
import { bareQuery } from '../query/parse.js';
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

const blank = (q: string, { at, end }: Pick<Lexeme, 'at' | 'end'>): string => q.slice(0, at) + ' '.repeat(end - at) + q.slice(end);

/**
 * Takes a day and a phone number out of a query that holds words beside them. A phone number that the viewer finds no record by
 * stays a word like any other.
 */
export async function takenApart(deps: SearchDeps, actor: Actor, q: string): Promise<Apart> {
  const apart: Apart = { q, days: null, clients: null };
  const lexemes = lex(q, (name) => keyOf(name) !== undefined).filter((one) => one.kind !== 'filter');
  const runs = numbersAmong(lexemes);
  if (lexemes.length < 2 || parseQuery(bareQuery(q)).kind === 'day') return apart;
  for (const one of lexemes) {
    const understood = one.kind === 'word' && !one.without ? parseQuery(one.text) : undefined;
    if (apart.days === null && understood?.kind === 'day') Object.assign(apart, { q: blank(apart.q, one), days: { from: understood.from, to: understood.to } });
  }
  for (const run of runs) {
    const text = run.map((one) => one.text).join(' ');
    const understood = parseQuery(text);
    if (run.length === lexemes.length || apart.clients !== null || understood.kind !== 'number' || understood.phone === undefined) continue;
    const { items } = await lookUp(deps, actor, text, { limit: OF_A_PHONE });
    const clients = [...new Set(items.filter((one) => one.by === 'phone').map((one) => one.client.number))];
    if (clients.length > 0) Object.assign(apart, { q: run.reduce(blank, apart.q), clients });
  }
  return apart;
}

/** The filters of a query with what else narrows it. */
export function narrowedBy(filters: SearchFilters, { clients }: Pick<Apart, 'clients'>): SearchFilters {
  if (clients === null) return filters;
  const typed = filters.client_number;
  return { ...filters, client_number: typed === undefined ? clients : typed.filter((one) => clients.includes(one)) };
}
