import { charsetOfPage } from '../charset.js';
import { NoTextError } from '../refuse.js';
import type { Sink } from '../sink.js';
import type { Ole } from './ole.js';

const ENCRYPTED = 0x0100;
const SECOND_TABLE = 0x0200;
/** The first version that keeps Unicode. */
const WORD_97 = 0x00c1;
/** Where the offset of the piece table stands in the header: after its fixed parts, as entry 33 of its table. */
const PIECES_AT = 0x01a2;

/** Word 6 to 2003. The text lies in pieces, of which each is in Unicode or in one code page. */
export function readDoc(ole: Ole, sink: Sink): void {
  ole.note(sink);
  const main = ole.stream('WordDocument');
  if (main === undefined || main.length < 0x60) throw new NoTextError('damaged');
  const flags = main.readUInt16LE(0x0a);
  if ((flags & ENCRYPTED) !== 0) throw new NoTextError('encrypted');
  const version = main.readUInt16LE(2);
  if (version < WORD_97)
    return shown(new TextDecoder(charsetOfLanguage(main.readUInt16LE(6))).decode(main.subarray(main.readUInt32LE(0x18), main.readUInt32LE(0x1c))), sink);
  if (main.length < PIECES_AT + 8) throw new NoTextError('damaged');
  const table = ole.stream((flags & SECOND_TABLE) === 0 ? '0Table' : '1Table');
  const start = main.readUInt32LE(PIECES_AT);
  const pieces = table?.subarray(start, start + main.readUInt32LE(PIECES_AT + 4));
  if (pieces === undefined || pieces.length === 0) throw new NoTextError('damaged');
  shown(pieceText(main, pieces, sink), sink);
}

function pieceText(main: Buffer, pieces: Buffer, sink: Sink): string {
  let at = 0;
  while (at + 3 <= pieces.length && pieces[at] === 1) at += 3 + pieces.readUInt16LE(at + 1); // formatting that pieces share
  if (pieces[at] !== 2 || at + 5 > pieces.length) throw new NoTextError('damaged');
  const list = pieces.subarray(at + 5, at + 5 + pieces.readUInt32LE(at + 1));
  const count = Math.floor((list.length - 4) / 12);
  const parts: string[] = [];
  let length = 0;
  for (let i = 0; i < count; i++) {
    sink.check();
    const chars = list.readUInt32LE(4 * i + 4) - list.readUInt32LE(4 * i);
    const place = list.readUInt32LE(4 * (count + 1) + 8 * i + 2);
    const narrow = (place & 0x4000_0000) !== 0;
    const offset = narrow ? (place & 0x3fff_ffff) >>> 1 : place;
    if (chars < 0 || offset + chars > main.length) {
      sink.notes.add('partly_damaged');
      continue;
    }
    parts.push(narrow ? new TextDecoder('windows-1252').decode(main.subarray(offset, offset + chars)) : main.toString('utf16le', offset, offset + 2 * chars));
    length += chars;
    if (length > 4 * sink.outputChars) break;
  }
  return parts.join('');
}

/** Commands of fields (between 13 and 14) are left out, their results stay; marks of cells and paragraphs become blanks and lines. */
function shown(text: string, sink: Sink): void {
  let commands = 0;
  const fields: boolean[] = [];
  for (const part of text.split(/(?=[\x13-\x15])/)) {
    const mark = part.charCodeAt(0);
    if (mark === 0x13) {
      fields.push(true);
      commands++;
    } else if (mark === 0x14 && fields.at(-1) === true) {
      fields[fields.length - 1] = false;
      commands--;
    } else if (mark === 0x15 && fields.pop() === true) commands--;
    if (commands === 0)
      sink.add(
        part
          .replace(/[\x07]/g, '\t')
          .replace(/[\r\x0b\x0c\x0e]/g, '\n')
          .replaceAll('\x1e', '-'),
      );
  }
}

function charsetOfLanguage(language: number): string {
  return charsetOfPage({ 0x0804: 936, 0x1004: 936, 0x0404: 950, 0x0c04: 950, 0x0411: 932, 0x0412: 949, 0x0419: 1251 }[language] ?? 1252);
}
