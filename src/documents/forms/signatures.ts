import { GREY, INK, RULE, timeText } from '../pdf/sheet.js';
import type { Both, Sheet } from '../pdf/sheet.js';
import { label } from './both.js';

/** Who signs a form. Without a name the line stays open for a pen. */
export interface Signatory {
  role: Both;
  name?: string;
  at?: Date;
}

/** A row of signature boxes, kept together on one page. */
export function signatures(sheet: Sheet, signatories: readonly Signatory[], zone: string): void {
  const height = 74;
  sheet.room(height + 12);
  sheet.y += 12;
  const width = sheet.width / signatories.length;
  for (const [i, { role, name, at }] of signatories.entries()) {
    const x = sheet.left + i * width;
    sheet.doc.rect(x, sheet.y, width, height).lineWidth(0.5).strokeColor(RULE).stroke();
    sheet.put(role.zh, x + 8, sheet.y + 8, { size: 9, weight: 'bold' });
    sheet.put(role.en, x + 8, sheet.y + 21, { size: 7, color: GREY });
    if (name !== undefined) sheet.put(name, x + 8, sheet.y + 34, { size: 11, color: INK });
    sheet.line(x + 8, sheet.y + 52, x + width - 8, sheet.y + 52);
    sheet.put(`${label((texts) => texts.date)}: ${at ? timeText(at, zone) : ''}`, x + 8, sheet.y + 57, { size: 8, color: GREY });
  }
  sheet.y += height;
}
