import type { RowFault } from './row.js';
import { refuseImport } from './source.js';

/** A row of separated values; `text` is what stands in the source when the row could not be cut into cells. */
export interface CsvRecord {
  number: number;
  cells: string[];
  fault?: RowFault;
}

export interface CsvOptions {
  delimiter: string;
  /** Longest row in UTF-16 units; a longer one is a fault of that row (mostly a quote that nobody closed). */
  maxRow: number;
  /** Whether a lone CR ends a row (old spreadsheets on the Mac). */
  lineEndCr?: boolean;
}

interface Cut {
  cells: string[];
  /** Where the next row begins. */
  next: number;
  fault?: RowFault;
}

const QUOTE = 34;
const LF = 10;
const CR = 13;

/**
 * Cuts separated values into rows, streaming. RFC 4180 with two mercies: a quote inside an unquoted cell is a
 * character, and a row with a broken quote is reported alone: reading goes on at the next line, so that one stray quote
 * cannot swallow the rest of the file (which is why no ready-made parser stands here).
 */
export async function* cutCsv(chunks: AsyncIterable<string>, options: CsvOptions): AsyncGenerator<CsvRecord[]> {
  let text = '';
  let number = 0;
  const drain = function (final: boolean): CsvRecord[] {
    const rows: CsvRecord[] = [];
    let at = 0;
    while (at < text.length) {
      const cut = cutRow(text, at, options, final) ?? overlong(text, at, options, final);
      if (cut === undefined) break;
      at = cut.next;
      number++;
      if (cut.cells.length === 1 && cut.cells[0] === '' && cut.fault === undefined) continue; // a blank line counts, and is none
      rows.push(cut.fault === undefined ? { number, cells: cut.cells } : { number, cells: cut.cells, fault: cut.fault });
    }
    text = text.slice(at);
    return rows;
  };
  for await (const chunk of chunks) {
    text += chunk;
    const rows = drain(false);
    if (rows.length > 0) yield rows;
  }
  const rows = drain(true);
  if (rows.length > 0) yield rows;
}

/** `undefined`: the row does not end in what is there yet. */
function cutRow(text: string, from: number, options: CsvOptions, final: boolean): Cut | undefined {
  const delimiter = options.delimiter.charCodeAt(0);
  const cells: string[] = [];
  let at = from;
  for (;;) {
    if (text.charCodeAt(at) === QUOTE) {
      const quoted = cutQuoted(text, at, final);
      if (quoted === undefined) return final ? brokenLine(text, from, 'unclosed_quote', final) : undefined;
      cells.push(quoted.value);
      at = quoted.next;
      const code = text.charCodeAt(at);
      if (at < text.length && code !== delimiter && code !== LF && code !== CR) return brokenLine(text, from, 'stray_quote', final);
    } else {
      const end = cellEnd(text, at, delimiter, options.lineEndCr ?? false);
      if (end === text.length && !final) return undefined;
      cells.push(text.slice(at, end));
      at = end;
    }
    if (at >= text.length) return final ? { cells, next: at } : undefined;
    const code = text.charCodeAt(at);
    if (code === delimiter) {
      at++;
      if (at >= text.length && !final) return undefined;
      continue;
    }
    if (code === CR && at + 1 >= text.length && !final) return undefined;
    return { cells, next: code === CR && text.charCodeAt(at + 1) === LF ? at + 2 : at + 1 };
  }
}

function cellEnd(text: string, from: number, delimiter: number, lineEndCr: boolean): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === delimiter || code === LF) return at;
    if (code === CR && (lineEndCr || text.charCodeAt(at + 1) === LF)) return at;
  }
  return at;
}

function cutQuoted(text: string, from: number, final: boolean): { value: string; next: number } | undefined {
  let value = '';
  for (let at = from + 1; ;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return undefined;
    value += text.slice(at, quote);
    if (quote + 1 >= text.length && !final) return undefined; // the second half of a doubled quote may follow
    if (text.charCodeAt(quote + 1) !== QUOTE) return { value, next: quote + 1 };
    value += '"';
    at = quote + 2;
  }
}

/** The physical line stands for the row, and the next line is the next row. */
function brokenLine(text: string, from: number, fault: RowFault, final: boolean): Cut | undefined {
  const end = text.indexOf('\n', from);
  if (end < 0 && !final) return undefined;
  const line = text.slice(from, end < 0 ? text.length : end).replace(/\r$/, '');
  return { cells: [line], next: end < 0 ? text.length : end + 1, fault };
}

/** A row that has grown beyond the limit: a quote that nobody closed. A line without end is no line of a table. */
function overlong(text: string, from: number, options: CsvOptions, final: boolean): Cut | undefined {
  if (final || text.length - from <= options.maxRow) return undefined;
  const cut = brokenLine(text, from, 'unclosed_quote', final);
  if (cut === undefined) throw refuseImport('not_a_table');
  return cut;
}
