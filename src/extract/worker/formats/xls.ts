import { type CellObject, type ParsingOptions, read, type WorkBook } from '@e965/xlsx';
import { NoTextError } from '../refuse.js';
import type { Sink } from '../sink.js';
import type { Ole } from './ole.js';

const SETTINGS: ParsingOptions = { type: 'buffer', cellFormula: false, cellHTML: false, cellStyles: false, bookVBA: false, dense: true, dateNF: 'yyyy/m/d' };

/** Excel until 2003: every sheet with its name, cells as they are shown, then what was noted at them. */
export function readXls(bytes: Buffer, ole: Ole, sink: Sink): void {
  ole.note(sink);
  const book = parsed(bytes);
  for (const name of book.SheetNames) {
    const sheet = book.Sheets[name];
    if (sheet === undefined) continue;
    sink.add(`${name}\n`);
    const rows = sheet['!data'] as (CellObject | undefined)[][] | undefined;
    for (const row of rows ?? []) {
      for (const cell of row ?? []) {
        const text = cell?.w ?? (typeof cell?.v === 'string' ? cell.v : '');
        if (text !== '') sink.add(`${text}\t`);
        for (const note of cell?.c ?? []) sink.add(`${note.t ?? ''}\t`);
      }
      sink.line();
    }
  }
}

function parsed(bytes: Buffer): WorkBook {
  try {
    return read(bytes, SETTINGS);
  } catch (error) {
    throw new NoTextError(error instanceof Error && /password|encrypt/i.test(error.message) ? 'encrypted' : 'damaged');
  }
}
