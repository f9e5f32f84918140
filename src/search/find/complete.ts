import { mayMeet, type RecordAttributes } from '../../access/index.js';
import type { Actor } from '../../audit/index.js';
import { maskText } from '../../classification/index.js';
import { CodedError } from '../../errors/index.js';
import { type Lang, LANGS, phrasesFor } from '../../phrases/index.js';
import { fold } from '../analyse/index.js';
import { CLOSED, isClosed, KEYS, keyOf, type ClosedKey, type Key } from '../query/keys.js';
import { lex, type Lexeme } from '../query/lex.js';
import { QUERY_LENGTH } from '../query/parse.js';
import type { CompletionDeps } from './deps.js';
import { listSaved, recentSearches } from './own.js';
import { writeFilter } from './rewrite.js';
import { cellsOf, clientsLike, countsOf, numbersLike, type Beginning } from './store.js';
import type { Suggestion } from './types.js';

/** Suggestions at a time. */
export const SUGGESTIONS = 8;
/** Signs of a number that must be typed before numbers are looked up. */
const NUMBER_SIGNS = 3;

interface Typing {
  /** The query up to the piece being typed, and after it. */
  before: string;
  after: string;
  piece: Lexeme | undefined;
}

const COLUMN = {
  type: 'service_type',
  clientType: 'client_type',
  channel: 'channel',
  sensitivity: 'sensitivity',
  medium: 'medium',
  state: 'state',
  department: 'department',
  year: 'year',
} as const;
type Counted = keyof typeof COLUMN;
const isCounted = (key: Key): key is Counted => Object.hasOwn(COLUMN, key);

const folds = (text: string): string => fold(text).replace(/[\s_-]/g, '');
const join = (typing: Typing, text: string): string => `${typing.before}${text}${typing.after === '' ? '' : ` ${typing.after.trimStart()}`}`;

/**
 * What may be meant by what is being typed at a place of the query: filters and their values, numbers, clients, one's own
 * searches. Values, numbers and clients are those of records that the viewer may find. On record, one entry a call.
 */
export async function completeQuery(deps: CompletionDeps, actor: Actor, lang: Lang, q: string, at: number): Promise<Suggestion[]> {
  if (Array.from(q).length > QUERY_LENGTH) throw new CodedError('invalid_field', { fields: [{ field: 'q', code: 'too_long', params: { max: QUERY_LENGTH } }] });
  const piece = lex(q, (name) => keyOf(name) !== undefined).find((one) => one.at < at && at <= one.end);
  const typing: Typing = { before: q.slice(0, piece?.at ?? at), after: q.slice(piece?.end ?? at), piece };
  const found = await suggest(deps, actor, lang, q, typing);
  const list = found.filter((one, i) => one.q !== q && found.findIndex((other) => other.q === one.q) === i).slice(0, SUGGESTIONS);
  await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act: 'search.complete',
      subject: { kind: 'list', id: 'records' },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { count: list.length },
      side: { query: q.slice(0, 200) },
    }),
  );
  return list;
}

async function suggest(deps: CompletionDeps, actor: Actor, lang: Lang, q: string, typing: Typing): Promise<Suggestion[]> {
  const { piece } = typing;
  if (piece === undefined) return q.trim() === '' ? ownSearches(deps, actor, '') : [];
  if (piece.kind === 'filter') {
    const key = keyOf(piece.key);
    return key === undefined ? [] : valuesOf(deps, actor, lang, typing, key, piece.text);
  }
  if (piece.kind === 'phrase' || piece.without) return [];
  const wanted = folds(piece.text);
  return [
    ...(await numbersOf(deps, actor, typing, piece.text)),
    ...keysOf(lang, typing, wanted),
    ...(await labelsOf(deps, actor, lang, typing, wanted)),
    ...(await ownSearches(deps, actor, q)),
  ];
}

function keysOf(lang: Lang, typing: Typing, wanted: string): Suggestion[] {
  return KEYS.filter((key) =>
    LANGS.some((one) =>
      phrasesFor(one)
        .search.keys[key].split('|')
        .some((name) => folds(name).startsWith(wanted)),
    ),
  ).map((key) => {
    const name = phrasesFor(lang).search.keys[key].split('|')[0] ?? key;
    return { kind: 'key', label: `${name}:`, q: join(typing, `${name}:`), count: null };
  });
}

/** `投` offers `类型:投诉`. */
async function labelsOf(deps: CompletionDeps, actor: Actor, lang: Lang, typing: Typing, wanted: string): Promise<Suggestion[]> {
  const keys = (Object.keys(CLOSED) as ClosedKey[]).filter((key) => matching(key, wanted).length > 0);
  const counts = await countsOf(
    deps.db,
    deps.access.counted(actor, 'record.list'),
    keys.map((key) => COLUMN[key]),
  );
  return keys.flatMap((key) => {
    const fit = new Set(matching(key, wanted));
    return counts.filter((one) => one.name === COLUMN[key] && fit.has(one.value)).map((one) => offerOf(lang, typing, key, one.value, Number(one.n)));
  });
}

function offerOf(lang: Lang, typing: Typing, key: Key, value: string, count: number | null, label = writeFilter(lang, key, value)): Suggestion {
  return { kind: 'value', label, q: join(typing, writeFilter(lang, key, value)), count };
}

function matching(key: ClosedKey, wanted: string): string[] {
  const { values, texts } = CLOSED[key];
  return values.filter(
    (value) =>
      folds(value).startsWith(wanted) ||
      LANGS.some((lang) => folds((texts(phrasesFor(lang)) as Readonly<Record<string, string>>)[value] ?? '').startsWith(wanted)),
  );
}

async function valuesOf(deps: CompletionDeps, actor: Actor, lang: Lang, typing: Typing, key: Key, text: string): Promise<Suggestion[]> {
  const wanted = folds(text);
  const offer = (value: string, count: number | null, label?: string): Suggestion => offerOf(lang, typing, key, value, count, label);
  if (isCounted(key)) {
    const names = key === 'department' ? new Map((await deps.departments()).map((one) => [one.code, one.names])) : undefined;
    const fits = (value: string): boolean => {
      if (isClosed(key)) return matching(key, wanted).includes(value);
      const name = names?.get(value);
      return [value, name?.zh ?? '', name?.en ?? ''].some((one) => folds(one).startsWith(wanted));
    };
    const counts = await countsOf(deps.db, deps.access.counted(actor, 'record.list'), [COLUMN[key]]);
    return counts.filter((one) => fits(one.value)).map((one) => offer(one.value, Number(one.n), labelOf(lang, key, one.value, names?.get(one.value))));
  }
  if (key === 'evaluation') return ['5', '4', '3', '2', '1'].filter((one) => one.startsWith(wanted)).map((one) => offer(one, null));
  if (key === 'client' && text.trim().length >= NUMBER_SIGNS) {
    const clients = await clientsLike(deps.db, await beginningOf(deps, actor, text.normalize('NFKC').trim(), SUGGESTIONS));
    return clients.map((one) => offer(one, null));
  }
  return [];
}

function labelOf(lang: Lang, key: Key, value: string, names: { zh: string; en: string } | undefined): string {
  return names === undefined ? writeFilter(lang, key, value) : `${writeFilter(lang, key, value)} · ${names[lang]}`;
}

async function numbersOf(deps: CompletionDeps, actor: Actor, typing: Typing, text: string): Promise<Suggestion[]> {
  const prefix = text.normalize('NFKC').trim();
  // a number has a digit; a phone number is never looked up by its beginning
  if (prefix.length < NUMBER_SIGNS || !/\d/.test(prefix) || typing.before.trim() !== '') return [];
  const beginning = await beginningOf(deps, actor, prefix, 4);
  const numbers = await numbersLike(deps.db, beginning);
  const clients = await clientsLike(deps.db, { ...beginning, limit: 3 });
  return [
    ...numbers.map((value): Suggestion => ({ kind: 'number', label: value, q: value, count: null })),
    ...clients.map((value): Suggestion => ({ kind: 'client', label: value, q: value, count: null })),
  ];
}

/** Where numbers are looked for: only where the viewer may find something, so that what is hidden from him costs nothing and shows in nothing. */
export async function beginningOf(deps: CompletionDeps, actor: Actor, prefix: string, limit: number): Promise<Beginning> {
  const condition = deps.access.condition(actor, 'record.list');
  const { roles, beyond } = deps.access.counted(actor, 'record.list');
  const cells = (await cellsOf(deps.db)).filter((cell) => mayMeet(condition, cell as Partial<RecordAttributes>));
  return { cells, roles, beyond, prefix, limit };
}

async function ownSearches(deps: CompletionDeps, actor: Actor, q: string): Promise<Suggestion[]> {
  if (actor.accountId === null) return [];
  const wanted = folds(q);
  const fits = (...texts: string[]): boolean => texts.some((text) => folds(text).includes(wanted));
  const saved = (await listSaved(deps, actor)).filter((one) => fits(one.name, one.q));
  const recent = (await recentSearches(deps, actor)).filter((one) => fits(one.q));
  return [
    ...saved.map((one): Suggestion => ({ kind: 'saved', label: one.name, q: one.q, count: null })),
    ...recent.map((one): Suggestion => ({ kind: 'recent', label: maskText(one.q).text, q: one.q, count: null })),
  ];
}
