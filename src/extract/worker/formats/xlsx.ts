import { SSF } from '@e965/xlsx';
import { NoTextError } from '../refuse.js';
import type { Sink } from '../sink.js';
import { readXml } from '../xml.js';
import type { Zip } from '../zip.js';
import { paragraphs } from './ooxml.js';
import { noteParts } from './parts.js';

const numberFormats = SSF as {
  get_table(): Record<string, string>;
  format(format: string, value: number, settings: { date1904: boolean }): string;
};
/** Formats that follow the reader's country: days with the year first. */
const LOCAL = new Map([
  ['14', 'yyyy/m/d'],
  ['22', 'yyyy/m/d h:mm'],
]);

interface Sheet {
  name: string;
  part: string;
}

interface Numbers {
  /** Number format of each cell style. */
  formats: string[];
  date1904: boolean;
}

/** Excel: every sheet with its name, cells as they are shown. */
export async function readXlsx(zip: Zip, sink: Sink): Promise<void> {
  noteParts(zip, sink);
  const { sheets, date1904 } = await workbook(zip, sink);
  const formats = await cellFormats(zip, sink);
  const strings = await sharedStrings(zip, sink);
  for (const sheet of sheets) {
    sink.add(`${sheet.name}\n`);
    await readSheet(zip, sheet.part, sink, strings, { formats, date1904 });
  }
  for (const start of ['xl/comments', 'xl/threadedComments/', 'xl/drawings/drawing', 'xl/charts/chart', 'xl/diagrams/data'])
    for (const part of zip.names(start, '.xml')) {
      await readXml(zip, part, sink, paragraphs(sink, new Set(['Fallback'])));
      sink.line();
    }
}

async function workbook(zip: Zip, sink: Sink): Promise<{ sheets: Sheet[]; date1904: boolean }> {
  const targets = new Map<string, string>();
  const sheets: Sheet[] = [];
  let date1904 = false;
  await readXml(zip, 'xl/_rels/workbook.xml.rels', sink, {
    open(name, { Id, Target }) {
      if (name === 'Relationship' && Id !== undefined && Target !== undefined) targets.set(Id, Target.startsWith('/') ? Target.slice(1) : `xl/${Target}`);
    },
  });
  await readXml(zip, 'xl/workbook.xml', sink, {
    open(name, attributes) {
      if (name === 'workbookPr') date1904 = /^(1|true)$/.test(attributes['date1904'] ?? '');
      if (name !== 'sheet') return;
      const id = Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1] ?? '';
      const part = targets.get(id);
      if (part !== undefined) sheets.push({ name: attributes['name'] ?? '', part });
    },
  });
  const known = new Set(sheets.map((sheet) => sheet.part));
  for (const part of zip.names('xl/worksheets/sheet', '.xml')) if (!known.has(part)) sheets.push({ name: '', part });
  if (sheets.length === 0 && !zip.has('xl/worksheets')) throw new NoTextError(zip.has('xl/workbook.bin') ? 'unsupported' : 'damaged');
  return { sheets, date1904 };
}

async function cellFormats(zip: Zip, sink: Sink): Promise<string[]> {
  const own = new Map<string, string>();
  const formats: string[] = [];
  let inCells = false;
  const formatOf = (id: string): string => own.get(id) ?? LOCAL.get(id) ?? numberFormats.get_table()[id] ?? 'General';
  await readXml(zip, 'xl/styles.xml', sink, {
    open(name, { numFmtId, formatCode }) {
      if (name === 'numFmt' && numFmtId !== undefined) own.set(numFmtId, formatCode ?? 'General');
      if (name === 'cellXfs') inCells = true;
      if (name === 'xf' && inCells) formats.push(formatOf(numFmtId ?? '0'));
    },
    close(name) {
      if (name === 'cellXfs') inCells = false;
    },
  });
  return formats;
}

async function sharedStrings(zip: Zip, sink: Sink): Promise<string[]> {
  const strings: string[] = [];
  let current = '';
  let inText = false;
  let phonetic = 0;
  let length = 0;
  await readXml(zip, 'xl/sharedStrings.xml', sink, {
    open(name) {
      if (name === 'si') current = '';
      else if (name === 'rPh') phonetic++;
      else if (name === 't') inText = true;
    },
    close(name) {
      if (name === 't') inText = false;
      else if (name === 'rPh') phonetic--;
      else if (name === 'si') {
        strings.push(current);
        length += current.length + 16;
        if (length > 16 * sink.outputChars) throw new NoTextError('too_much_text');
      }
    },
    text(text) {
      if (inText && phonetic === 0) current += text;
    },
  });
  return strings;
}

async function readSheet(zip: Zip, part: string, sink: Sink, strings: readonly string[], numbers: Numbers): Promise<void> {
  let type = '';
  let style = 0;
  let value = '';
  let inValue = false;
  let phonetic = 0;
  await readXml(zip, part, sink, {
    open(name, attributes) {
      if (name === 'c') {
        type = attributes['t'] ?? 'n';
        style = Number(attributes['s'] ?? 0);
        value = '';
      } else if (name === 'rPh') phonetic++;
      else if (name === 'v' || name === 't') inValue = true;
    },
    close(name) {
      if (name === 'v' || name === 't') inValue = false;
      else if (name === 'rPh') phonetic--;
      else if (name === 'c') {
        const shown = cellText(type, value, style, strings, numbers);
        if (shown !== '') sink.add(`${shown}\t`);
      } else if (name === 'row') sink.line();
    },
    text(text) {
      if (inValue && phonetic === 0) value += text;
    },
  });
}

function cellText(type: string, value: string, style: number, strings: readonly string[], numbers: Numbers): string {
  if (value === '') return '';
  if (type === 's') return strings[Number(value)] ?? '';
  if (type === 'str' || type === 'inlineStr' || type === 'd') return value;
  if (type === 'b') return value === '1' ? 'TRUE' : 'FALSE';
  if (type === 'e') return '';
  return formatNumber(value, numbers.formats[style] ?? 'General', numbers.date1904);
}

/** As the sheet shows it; where the format is beyond the formatter, the number itself. */
function formatNumber(value: string, format: string, date1904: boolean): string {
  const number = Number(value);
  if (format === 'General' || !Number.isFinite(number)) return value;
  try {
    return numberFormats.format(format, number, { date1904 }).trim();
  } catch {
    return value;
  }
}
