import { Readable } from 'node:stream';
import type { Cell, ExportColumn, Rows } from './columns.js';

/** What a spreadsheet would take for the beginning of a formula, also in full width and after blanks. */
const FORMULA = /^[\s\p{Cf}\0]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/u;

/** A text that no spreadsheet will run: an apostrophe is put before what could begin a formula. */
export function harmless(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

/** One field as it stands in the file. */
export function csvField(cell: Cell): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell !== 'string') return String(cell);
  const text = harmless(cell);
  return /[",\r\n\t']|^\s|\s$/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One line with its end. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvField).join(',')}\r\n`;
}

/** A CSV file as a stream: UTF-8 with a byte order mark, so that Excel reads Chinese; CRLF; safe against formulas. */
export function csvStream<Row>(columns: readonly ExportColumn<Row>[], rows: Rows<Row>): Readable {
  async function* lines(): AsyncGenerator<string> {
    let chunk = `\uFEFF${csvLine(columns.map((one) => one.head))}`;
    for await (const row of rows) {
      chunk += csvLine(columns.map((one) => one.value(row)));
      if (chunk.length < 32_768) continue;
      yield chunk;
      chunk = '';
    }
    yield chunk;
  }
  return Readable.from(lines(), { objectMode: false, encoding: 'utf8' });
}
