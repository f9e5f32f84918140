import { SaxesParser } from 'saxes';
import { LocalTime, type Cell, type RowFault } from './row.js';
import { isDateFormat, serialToLocal } from './serial.js';
import { refuseImport, type ImportSource } from './source.js';
import { zipEntries, zipText, type ZipEntry } from './zip.js';

/** A row of a sheet; `number` is the sheet's own. */
export interface SheetRecord {
  number: number;
  cells: Cell[];
  fault?: RowFault;
}

/** Shared strings stand in memory while a sheet is read; more than this many characters refuse the file. */
export const MAX_SHARED_CHARACTERS = 64 * 1024 * 1024;
const MAX_COLUMNS = 1024;

interface Book {
  entries: Map<string, ZipEntry>;
  strings: string[];
  /** Whether a cell style shows a date. */
  dates: boolean[];
  date1904: boolean;
  sheet: ZipEntry;
}

/**
 * Reads a sheet row by row out of the packed file. (exceljs is not used here: its streaming reader spools sheets in
 * plain text to the temporary folder.)
 * @param sheet name of the sheet; the first visible one without it
 */
export async function* readXlsx(source: ImportSource, sheet?: string): AsyncGenerator<SheetRecord[]> {
  const book = await openBook(source, sheet);
  const reader = new SheetReader(book);
  const parser = saxParser(reader);
  for await (const text of zipText(source, book.sheet)) {
    feed(() => parser.write(text));
    if (reader.rows.length > 0) yield reader.rows.splice(0);
  }
  feed(() => parser.close());
  if (reader.rows.length > 0) yield reader.rows.splice(0);
}

interface Sax {
  open(name: string, attributes: Record<string, string>): void;
  close?(name: string): void;
  text?(text: string): void;
}

function saxParser(handler: Sax): SaxesParser {
  const parser = new SaxesParser({ xmlns: false });
  const local = (name: string): string => name.slice(name.indexOf(':') + 1);
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', (tag) => handler.open(local(tag.name), tag.attributes as Record<string, string>));
  if (handler.close) parser.on('closetag', (tag) => handler.close?.(local(tag.name)));
  if (handler.text) parser.on('text', (text) => handler.text?.(text));
  return parser;
}

function feed(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    throw error instanceof Error && error.name === 'CodedError' ? error : refuseImport('broken_xlsx', {}, error);
  }
}

async function parsePart(source: ImportSource, entry: ZipEntry | undefined, handler: Sax): Promise<void> {
  if (entry === undefined) return;
  const parser = saxParser(handler);
  for await (const text of zipText(source, entry)) feed(() => parser.write(text));
  feed(() => parser.close());
}

async function openBook(source: ImportSource, wanted: string | undefined): Promise<Book> {
  const entries = await zipEntries(source);
  const workbook = entries.get('xl/workbook.xml');
  if (workbook === undefined) throw refuseImport('not_a_table');
  const sheets: { name: string; id: string; hidden: boolean }[] = [];
  let date1904 = false;
  await parsePart(source, workbook, {
    open(name, attributes) {
      if (name === 'workbookPr') date1904 = attributes['date1904'] === '1' || attributes['date1904'] === 'true';
      if (name === 'sheet')
        sheets.push({
          name: attributes['name'] ?? '',
          id: attributes['r:id'] ?? '',
          hidden: attributes['state'] !== undefined && attributes['state'] !== 'visible',
        });
    },
  });
  const targets = new Map<string, string>();
  await parsePart(source, entries.get('xl/_rels/workbook.xml.rels'), {
    open(name, attributes) {
      if (name === 'Relationship') targets.set(attributes['Id'] ?? '', attributes['Target'] ?? '');
    },
  });
  const chosen = wanted === undefined ? sheets.find((one) => !one.hidden) : sheets.find((one) => one.name === wanted);
  if (chosen === undefined) throw refuseImport('no_such_sheet');
  const target = (targets.get(chosen.id) ?? '').replace(/^\/?(?:xl\/)?/, 'xl/');
  const sheet = entries.get(target);
  if (sheet === undefined) throw refuseImport('broken_xlsx');
  const strings = await sharedStrings(source, entries.get('xl/sharedStrings.xml'));
  return { entries, strings, dates: await dateStyles(source, entries.get('xl/styles.xml')), date1904, sheet };
}

async function sharedStrings(source: ImportSource, entry: ZipEntry | undefined): Promise<string[]> {
  const strings: string[] = [];
  let characters = 0;
  let text = '';
  let inText = false;
  let phonetic = false; // reading aids over Chinese and Japanese text are not content
  await parsePart(source, entry, {
    open(name) {
      if (name === 'si') text = '';
      if (name === 'rPh') phonetic = true;
      inText = name === 't' && !phonetic;
    },
    close(name) {
      if (name === 'rPh') phonetic = false;
      if (name === 't') inText = false;
      if (name !== 'si') return;
      characters += text.length + 8;
      if (characters > MAX_SHARED_CHARACTERS) throw refuseImport('too_many_strings', { max: MAX_SHARED_CHARACTERS });
      strings.push(unescapeXml(text));
    },
    text(part) {
      if (inText) text += part;
    },
  });
  return strings;
}

async function dateStyles(source: ImportSource, entry: ZipEntry | undefined): Promise<boolean[]> {
  const custom = new Map<number, string>();
  const dates: boolean[] = [];
  let inFormats = false;
  await parsePart(source, entry, {
    open(name, attributes) {
      if (name === 'numFmt') custom.set(Number(attributes['numFmtId']), attributes['formatCode'] ?? '');
      if (name === 'cellXfs') inFormats = true;
      if (name === 'xf' && inFormats) {
        const id = Number(attributes['numFmtId'] ?? 0);
        dates.push(isDateFormat(id, custom.get(id)));
      }
    },
    close(name) {
      if (name === 'cellXfs') inFormats = false;
    },
  });
  return dates;
}

/** Excel writes characters that XML forbids as `_x000D_`. */
function unescapeXml(text: string): string {
  return text.includes('_x') ? text.replaceAll(/_x([0-9A-F]{4})_/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))) : text;
}

class SheetReader implements Sax {
  readonly rows: SheetRecord[] = [];
  #number = 0;
  #cells: Cell[] = [];
  #fault: RowFault | undefined;
  #column = -1;
  #type = 'n';
  #style = 0;
  #text = '';
  #inText = false;
  constructor(readonly book: Book) {}

  open(name: string, attributes: Record<string, string>): void {
    if (name === 'row') {
      this.#number = attributes['r'] === undefined ? this.#number + 1 : Number(attributes['r']);
      this.#cells = [];
      this.#fault = undefined;
      this.#column = -1;
    } else if (name === 'c') {
      this.#column = attributes['r'] === undefined ? this.#column + 1 : columnOf(attributes['r']);
      this.#type = attributes['t'] ?? 'n';
      this.#style = Number(attributes['s'] ?? 0);
      this.#text = '';
    }
    this.#inText = name === 'v' || name === 't';
  }

  text(text: string): void {
    if (this.#inText) this.#text += text;
  }

  close(name: string): void {
    if (name === 'v' || name === 't') this.#inText = false;
    else if (name === 'c') this.#put();
    else if (name === 'row' && this.#cells.some((cell) => cell !== '')) {
      const row = { number: this.#number, cells: this.#cells };
      this.rows.push(this.#fault === undefined ? row : { ...row, fault: this.#fault });
    }
  }

  #put(): void {
    if (this.#column < 0 || this.#column >= MAX_COLUMNS) return;
    while (this.#cells.length < this.#column) this.#cells.push('');
    this.#cells[this.#column] = this.#text === '' ? '' : this.#value();
  }

  #value(): Cell {
    const text = this.#text;
    switch (this.#type) {
      case 's':
        return this.book.strings[Number(text)] ?? '';
      case 'str':
      case 'inlineStr':
        return unescapeXml(text);
      case 'b':
        return text === '1' ? 'true' : 'false';
      case 'd':
        return new LocalTime(text);
      case 'e':
        this.#fault = 'excel_error';
        return text;
      default:
        return this.#numeric(text);
    }
  }

  #numeric(text: string): Cell {
    const value = Number(text);
    if (!Number.isFinite(value)) return text;
    if (this.book.dates[this.#style]) return new LocalTime(serialToLocal(value, this.book.date1904) ?? text);
    // a spreadsheet holds 15 digits: a longer identity or card number has lost its end before it was saved
    if (Math.abs(value) >= 1e15) this.#fault = 'digits_lost';
    return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(15)));
  }
}

function columnOf(reference: string): number {
  let column = 0;
  for (let i = 0; i < reference.length; i++) {
    const code = reference.charCodeAt(i) & 0xdf;
    if (code < 65 || code > 90) break;
    column = column * 26 + (code - 64);
  }
  return column - 1;
}
