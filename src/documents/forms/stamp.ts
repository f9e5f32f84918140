import { SEAL } from '../pdf/sheet.js';
import type { Sheet } from '../pdf/sheet.js';
import { both } from './both.js';

/** 归档章: what stands on the first page of an archived item (form 1). Texts as they are to be printed. */
export interface Stamp {
  fonds: string;
  year: string;
  item: string;
  /** 机构或问题: the department, or the class. */
  office: string;
  retention: string;
  /** Pages, or the duration of a recording. */
  extent: string;
}

const WIDTH = 150;
const ROW = 34;

/** Draws the archiving stamp in seal red, its upper right corner at the right margin. */
export function drawStamp(sheet: Sheet, stamp: Stamp): void {
  const x = sheet.left + sheet.width - WIDTH * 1.4;
  const heads = [
    [both((texts) => texts.stamp.fonds), both((texts) => texts.stamp.year), both((texts) => texts.stamp.item)],
    [both((texts) => texts.stamp.office), both((texts) => texts.stamp.retention), both((texts) => texts.stamp.extent)],
  ];
  const values = [
    [stamp.fonds, stamp.year, stamp.item],
    [stamp.office, stamp.retention, stamp.extent],
  ];
  const cell = (WIDTH * 1.4) / 3;
  for (const [r, row] of values.entries()) {
    for (const [c, value] of row.entries()) {
      const at = { x: x + c * cell, y: sheet.y + r * ROW };
      sheet.doc.rect(at.x, at.y, cell, ROW).lineWidth(1).strokeColor(SEAL).stroke();
      const head = heads[r]?.[c];
      sheet.put(`${head?.zh ?? ''} ${head?.en ?? ''}`, at.x + 3, at.y + 3, { size: 5.5, color: SEAL });
      const line = sheet.lines(value, cell - 6, 10, 'bold')[0] ?? '';
      sheet.put(line, at.x, at.y + 14, { size: 10, weight: 'bold', color: SEAL, align: 'center', width: cell });
    }
  }
  sheet.y += 2 * ROW + 10;
}
