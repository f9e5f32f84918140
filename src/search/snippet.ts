import { fold, foldWithPlaces, runsOf } from './analyse/index.js';
import { PARTS, type Clause, type Part } from './port.js';

/** A piece of text; `hit` where it is what was searched. */
export interface Piece {
  text: string;
  hit: boolean;
}

export interface Snippet {
  part: Part;
  pieces: Piece[];
  /** Whether text was left out before or after. */
  before: boolean;
  after: boolean;
}

/** Characters of a snippet, and how many of them stand before the first hit. */
const LENGTH = 160;
const LEAD = 40;

interface Span {
  start: number;
  end: number;
}

/** Where clauses occur in a text, in order, without overlap. `extra` are words that stood in for misspelt ones. */
export function hitsIn(text: string, clauses: readonly Clause[], extra: readonly string[] = []): Span[] {
  const { text: folded, from } = foldWithPlaces(text);
  const spans: Span[] = [];
  const phrases = [...new Set([...clauses.flatMap((one) => one.phrases), ...extra])];
  for (const phrase of phrases) spans.push(...occurrences(folded, fold(phrase)));
  spans.sort((a, b) => a.start - b.start || b.end - a.end);
  const apart: Span[] = [];
  for (const span of spans) {
    const last = apart.at(-1);
    if (last && span.start < last.end) last.end = Math.max(last.end, span.end);
    else apart.push({ ...span });
  }
  return apart.map(({ start, end }) => ({ start: from[start] ?? 0, end: from[end] ?? text.length }));
}

/** Where the runs of a phrase stand one after the other with nothing but other signs between them. */
function occurrences(folded: string, phrase: string): Span[] {
  const wanted = runsOf(phrase);
  const [first] = wanted;
  if (first === undefined) return [];
  const found: Span[] = [];
  for (let at = folded.indexOf(first.text); at !== -1; at = folded.indexOf(first.text, at + 1)) {
    const end = wanted.length === 1 ? at + first.text.length : followed(folded, wanted, at);
    if (end !== undefined && closedAt(folded, at, end, wanted)) found.push({ start: at, end });
  }
  return found;
}

function followed(folded: string, wanted: readonly { text: string }[], start: number): number | undefined {
  let at = start;
  for (const [i, run] of wanted.entries()) {
    if (i > 0) while (at < folded.length && !/[\p{L}\p{N}]/u.test(folded[at] ?? '')) at++;
    if (!folded.startsWith(run.text, at)) return undefined;
    at += run.text.length;
  }
  return at;
}

/** Words end where words end: `port` is no hit in `report`. */
function closedAt(folded: string, start: number, end: number, wanted: readonly { solid: boolean }[]): boolean {
  const solidStart = wanted[0]?.solid === true;
  const solidEnd = wanted.at(-1)?.solid === true;
  const isWord = (sign: string | undefined): boolean => sign !== undefined && runsOf(sign).some((run) => !run.solid);
  return (solidStart || !isWord(folded[start - 1])) && (solidEnd || !isWord(folded[end]));
}

/** The text cut at its hits. */
export function mark(text: string, spans: readonly Span[]): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const { start, end } of spans) {
    if (start > at) pieces.push({ text: text.slice(at, start), hit: false });
    pieces.push({ text: text.slice(start, end), hit: true });
    at = end;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), hit: false });
  return pieces;
}

/**
 * The most telling piece of a record's texts: around the first hit in the solution, else in the content, else in the files;
 * without a hit the start of the solution, which is what an agent looks for. `null` where there is no text.
 */
export function snippetOf(texts: Readonly<Partial<Record<Part, string>>>, clauses: readonly Clause[], extra: readonly string[] = []): Snippet | null {
  const parts = PARTS.filter((part) => part !== 'title' && (texts[part] ?? '') !== '');
  for (const part of parts) {
    const spans = hitsIn(texts[part] ?? '', clauses, extra);
    if (spans.length > 0) return around(part, texts[part] ?? '', spans);
  }
  const [part] = parts;
  return part === undefined ? null : around(part, texts[part] ?? '', []);
}

function around(part: Part, text: string, spans: readonly Span[]): Snippet {
  const wanted = Math.max((spans[0]?.start ?? 0) - LEAD, 0);
  const start = wanted === 0 ? 0 : wordStart(text, whole(text, wanted), spans[0]?.start ?? wanted);
  const end = wordEnd(text, whole(text, Math.min(start + LENGTH, text.length)), spans[0]?.end ?? start);
  const inside = spans
    .filter((span) => span.start >= start && span.start < end)
    .map((span) => ({ start: span.start - start, end: Math.min(span.end, end) - start }));
  return { part, pieces: mark(text.slice(start, end), inside), before: start > 0, after: end < text.length };
}

const LETTER = /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}]/u;
const inWord = (text: string, at: number): boolean => at > 0 && at < text.length && LETTER.test(text[at - 1] ?? '') && LETTER.test(text[at] ?? '');

/** Not in the middle of a word, as far as there is one to begin with before `limit`. */
function wordStart(text: string, at: number, limit: number): number {
  let start = at;
  while (start < limit && inWord(text, start)) start++;
  return start;
}

/** The same for the end, never before the first hit is over. */
function wordEnd(text: string, at: number, limit: number): number {
  let end = at;
  while (end > limit && inWord(text, end)) end--;
  return end === limit ? at : end;
}

/** Not in the middle of a surrogate pair. */
function whole(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at + 1 : at;
}
