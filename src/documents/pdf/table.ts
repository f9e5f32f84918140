import { GREY, RULE } from './sheet.js';
import type { Both, Sheet } from './sheet.js';
import { clip } from './wrap.js';

export interface PdfColumn<Row> {
  head: Both;
  /** Share of the width. */
  share: number;
  align?: 'left' | 'center' | 'right';
  value(row: Row, index: number): string;
}

export interface PdfTable<Row> {
  columns: readonly PdfColumn<Row>[];
  rows: Iterable<Row> | AsyncIterable<Row>;
  size?: number;
  /** Printed in the place of rows when there are none. */
  empty: Both;
}

const PAD = 3;
const LEADING = 1.45;

interface Placed<Row> extends PdfColumn<Row> {
  x: number;
  width: number;
}

/**
 * Prints a table with a head that is repeated on every page; a row is never split over two pages.
 * @returns the number of rows
 */
export async function pdfTable<Row>(sheet: Sheet, table: PdfTable<Row>): Promise<number> {
  const size = table.size ?? 8.5;
  const columns = place(sheet, table.columns);
  head(sheet, columns, size);
  let index = 0;
  for await (const row of table.rows) {
    body(sheet, columns, row, index, size);
    index++;
  }
  if (index === 0) {
    sheet.put(`${table.empty.zh} ${table.empty.en}`, sheet.left, sheet.y + PAD, { size, color: GREY, align: 'center', width: sheet.width });
    sheet.y += size * LEADING + 2 * PAD;
    sheet.line(sheet.left, sheet.y, sheet.left + sheet.width, sheet.y);
  }
  return index;
}

function place<Row>(sheet: Sheet, columns: readonly PdfColumn<Row>[]): Placed<Row>[] {
  const shares = columns.reduce((sum, one) => sum + one.share, 0);
  let x = sheet.left;
  return columns.map((column) => {
    const width = (column.share / shares) * sheet.width;
    const placed = Object.assign({}, column, { x, width });
    x += width;
    return placed;
  });
}

function head<Row>(sheet: Sheet, columns: readonly Placed<Row>[], size: number): void {
  const cells = columns.map((one) => ({
    zh: sheet.lines(one.head.zh, one.width - 2 * PAD, size, 'bold'),
    en: sheet.lines(one.head.en, one.width - 2 * PAD, size - 2),
  }));
  const height = Math.max(...cells.map((cell) => cell.zh.length * size * LEADING + cell.en.length * (size - 2) * LEADING)) + 2 * PAD;
  sheet.doc.rect(sheet.left, sheet.y, sheet.width, height).fill('#f1f0ec');
  for (const [i, column] of columns.entries()) {
    let y = sheet.y + PAD;
    const at = { align: 'center', width: column.width - 2 * PAD } as const;
    for (const line of cells[i]?.zh ?? []) {
      sheet.put(line, column.x + PAD, y, { ...at, size, weight: 'bold' });
      y += size * LEADING;
    }
    for (const line of cells[i]?.en ?? []) {
      sheet.put(line, column.x + PAD, y, { ...at, size: size - 2, color: GREY });
      y += (size - 2) * LEADING;
    }
  }
  frame(sheet, columns, height, true);
  sheet.y += height;
}

function body<Row>(sheet: Sheet, columns: readonly Placed<Row>[], row: Row, index: number, size: number): void {
  const most = Math.floor((sheet.bottom - sheet.left) / (size * LEADING)) - 8; // a cell never outgrows a page
  const cells = columns.map((column) => clip(sheet.lines(column.value(row, index), column.width - 2 * PAD, size), most));
  const height = Math.max(...cells.map((cell) => cell.length)) * size * LEADING + 2 * PAD;
  if (sheet.room(height)) head(sheet, columns, size);
  for (const [i, column] of columns.entries()) {
    let y = sheet.y + PAD;
    for (const line of cells[i] ?? []) {
      sheet.put(line, column.x + PAD, y, { size, align: column.align ?? 'left', width: column.width - 2 * PAD });
      y += size * LEADING;
    }
  }
  frame(sheet, columns, height, false);
  sheet.y += height;
}

function frame<Row>(sheet: Sheet, columns: readonly Placed<Row>[], height: number, top: boolean): void {
  const right = sheet.left + sheet.width;
  const below = sheet.y + height;
  if (top) sheet.line(sheet.left, sheet.y, right, sheet.y, RULE, 1);
  sheet.rules([[sheet.left, below, right, below] as const, ...[...columns.map(({ x }) => x), right].map((x) => [x, sheet.y, x, below] as const)]);
}
