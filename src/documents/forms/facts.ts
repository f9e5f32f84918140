import { GREY } from '../pdf/sheet.js';
import type { Sheet } from '../pdf/sheet.js';

const INDENT = 190;

/** What a form says of its object before its table: a name, and beside it a value that may take several lines. */
export function facts(sheet: Sheet, rows: readonly (readonly [name: string, value: string])[]): void {
  for (const [name, value] of rows) {
    sheet.room(20);
    sheet.put(name, sheet.left, sheet.y, { size: 8, color: GREY });
    for (const line of sheet.lines(value, sheet.width - INDENT, 10)) {
      sheet.room(16);
      sheet.put(line, sheet.left + INDENT, sheet.y - 1, { size: 10 });
      sheet.y += 16;
    }
    sheet.y += 4;
  }
}
