import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { bytesOf, headOf } from './bytes.js';
import { cutCsv } from './csv.js';
import { decode, encodingByMark, encodingNamed, looksUtf16, type Encoding } from './encoding.js';
import { cutJsonl } from './jsonl.js';
import { Header, headerKey, TableRow, type Cell, type Row, type RowFault } from './row.js';
import { bufferSource, refuseImport, type ImportSource } from './source.js';
import { readXlsx } from './xlsx.js';

export const FORMATS = ['csv', 'tsv', 'xlsx', 'jsonl'] as const;
export type Format = (typeof FORMATS)[number];

/** What a person may tell about a file; what is not told is found out. */
export interface TableOptions {
  format?: Format;
  encoding?: string;
  delimiter?: string;
  sheet?: string;
  /** Longest row in UTF-16 units. */
  maxRow?: number;
}

/** A file that has been read once from end to end and found to be a table. */
export interface Table {
  format: Format;
  encoding: Encoding;
  /** Column names; empty for JSON lines. */
  header: readonly string[];
  /** Data rows, the header and blank lines not counted. */
  total: number;
  /** SHA-256 of the file's bytes as they came. */
  digest: Buffer;
  rows(): AsyncIterable<Row[]>;
}

const HEAD = 262_144;
export const MAX_ROW = 2 * 1024 * 1024;
/** A packed spreadsheet needs its end first, so it is unpacked in memory, up to this size. */
const MAX_GZIP_XLSX = 64 * 1024 * 1024;

interface Shape {
  format: Format;
  encoding: Encoding;
  delimiter: string;
  gzip: boolean;
  sheet?: string;
  maxRow: number;
  lineEndCr: boolean;
}

/**
 * Reads the whole file once, keeping nothing: a cut archive, wrong encoding, or what is no table is refused with the
 * reason before anything is taken in. Also yields the digest and the number of rows, so that progress can be shown.
 */
export async function openTable(given: ImportSource, options: TableOptions = {}): Promise<Table> {
  if (given.size === 0) throw refuseImport('empty_file');
  const { head, gzip } = await headOf(given, HEAD);
  if (head.length === 0) throw refuseImport('empty_file');
  const digest = await digestOf(given);
  const isXlsx = head.toString('latin1', 0, 4) === 'PK\x03\x04';
  const source = gzip && isXlsx ? await inMemory(given) : given;
  let last: unknown;
  for (const shape of shapes(head, gzip && !isXlsx, options)) {
    try {
      return await survey(source, shape, digest);
    } catch (error) {
      if (!isWrongEncoding(error)) throw error;
      last ??= error; // a head of plain ASCII says nothing about what follows: the next guess may fit
    }
  }
  throw last;
}

const isWrongEncoding = (error: unknown): boolean =>
  error instanceof Error && 'params' in error && (error.params as { reason?: string }).reason === 'wrong_encoding';

async function digestOf(source: ImportSource): Promise<Buffer> {
  const hash = createHash('sha256');
  for await (const chunk of (await source.open()) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest();
}

async function inMemory(source: ImportSource): Promise<ImportSource> {
  let size = 0;
  const limited = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of bytesOf(source, true)) {
      size += chunk.length;
      if (size > MAX_GZIP_XLSX) throw refuseImport('too_many_strings', { max: MAX_GZIP_XLSX });
      yield chunk;
    }
  };
  return bufferSource(source.name, await buffer(limited()));
}

async function survey(source: ImportSource, shape: Shape, digest: Buffer): Promise<Table> {
  let header: Header | undefined;
  let total = 0;
  let first = true;
  for await (const batch of records(source, shape)) {
    let count = batch.length;
    if (first && shape.format !== 'jsonl') {
      header = headerOf(batch[0] as Separated);
      count--;
    } else if (first && (batch[0] as Row).fault) throw refuseImport('not_a_table');
    first = false;
    total += count;
  }
  if (first) throw refuseImport('empty_file');
  if (total === 0) throw refuseImport('no_rows');
  const { format, encoding } = shape;
  return { format, encoding, header: header?.names ?? [], total, digest, rows: () => rowsOf(source, shape, header) };
}

interface Separated {
  number: number;
  cells: Cell[];
  fault?: RowFault;
}

function records(source: ImportSource, shape: Shape): AsyncIterable<(Separated | Row)[]> {
  if (shape.format === 'xlsx') return readXlsx(source, shape.sheet);
  const text = decode(bytesOf(source, shape.gzip), shape.encoding);
  return shape.format === 'jsonl' ? cutJsonl(text, shape.maxRow) : cutCsv(text, shape);
}

async function* rowsOf(source: ImportSource, shape: Shape, header: Header | undefined): AsyncGenerator<Row[]> {
  let first = header !== undefined;
  for await (const batch of records(source, shape)) {
    if (header === undefined) yield batch as Row[];
    else {
      const data = first ? batch.slice(1) : batch;
      first = false;
      if (data.length > 0) yield (data as Separated[]).map((record) => tableRow(header, record, shape.format));
    }
  }
}

/** A spreadsheet leaves out empty cells at the end; a text row that is short has lost a quote or a separator. */
function tableRow(header: Header, record: Separated, format: Format): TableRow {
  const { number, cells } = record;
  if (record.fault) return new TableRow(header, number, cells, { code: record.fault, field: '' });
  const surplus = cells.length > header.names.length && cells.slice(header.names.length).some((cell) => cell !== '');
  const short = cells.length < header.names.length && format !== 'xlsx';
  return new TableRow(header, number, cells, surplus || short ? { code: 'column_count', field: '' } : undefined);
}

function headerOf(record: Separated): Header {
  const names = record.cells.map((cell) => (typeof cell === 'string' ? cell : cell.text).trim());
  while (names.at(-1) === '') names.pop();
  if (names.length === 0 || record.fault) throw refuseImport('no_header');
  // oxlint-disable-next-line no-control-regex -- this is what is being looked for
  if (names.some((name) => /[\u0000-\u0008\u000E-\u001F]/.test(name) || name.length > 200)) throw refuseImport('not_a_table');
  const seen = new Set<string>();
  for (const [i, name] of names.entries()) {
    const key = headerKey(name);
    if (key === '') continue;
    if (seen.has(key)) throw refuseImport('duplicate_header', { position: i + 1 });
    seen.add(key);
  }
  return new Header(names);
}

/** What the file may be, the likeliest first; more than one only where the encoding was not told. */
function shapes(head: Buffer, gzip: boolean, options: TableOptions): Shape[] {
  const maxRow = options.maxRow ?? MAX_ROW;
  const base = { gzip, maxRow, lineEndCr: false, ...(options.sheet === undefined ? {} : { sheet: options.sheet }) };
  const magic = head.toString('latin1', 0, 8);
  if (magic.startsWith('PK\x03\x04')) {
    if (options.format !== undefined && options.format !== 'xlsx') throw refuseImport('not_a_table');
    return [{ ...base, format: 'xlsx', encoding: 'utf-8', delimiter: ',' }];
  }
  if (magic === '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1')
    throw refuseImport(head.includes(Buffer.from('EncryptedPackage', 'utf16le')) ? 'encrypted_xlsx' : 'legacy_excel');
  if (options.format === 'xlsx') throw refuseImport('broken_xlsx');
  return encodings(head, options.encoding).map((encoding) => {
    const text = preview(head, encoding);
    refuseBinary(text);
    const format = options.format ?? guessFormat(text);
    const delimiter = options.delimiter ?? (format === 'tsv' ? '\t' : guessDelimiter(text));
    return { ...base, format, encoding, delimiter, lineEndCr: text.includes('\r') && !text.includes('\n') };
  });
}

function encodings(head: Buffer, told: string | undefined): Encoding[] {
  if (told !== undefined) {
    const encoding = encodingNamed(told);
    const marked = encodingByMark(head);
    if (told.trim().toLowerCase().replace('-', '') === 'utf16') return [marked ?? looksUtf16(head) ?? encoding];
    if (marked !== undefined && marked !== encoding) throw refuseImport('wrong_encoding', { encoding });
    return [encoding];
  }
  const known = encodingByMark(head) ?? looksUtf16(head);
  return known === undefined ? ['utf-8', 'gb18030'] : [known];
}

function preview(head: Buffer, encoding: Encoding): string {
  const even = head.subarray(0, head.length & ~1);
  const text =
    encoding === 'utf-16be'
      ? Buffer.from(even).swap16().toString('utf16le')
      : encoding === 'utf-16le'
        ? even.toString('utf16le')
        : new TextDecoder(encoding).decode(head, { stream: true });
  return text.replace(/^\uFEFF/, '');
}

/** A few control characters are the fault of their rows; many are no text at all. */
function refuseBinary(text: string): void {
  // oxlint-disable-next-line no-control-regex -- this is what is being looked for
  const controls = text.match(/[\u0000-\u0008\u000E-\u001F]/g)?.length ?? 0;
  if (controls > 8 && controls > text.length / 50) throw refuseImport('binary');
  if (/^\s*(?:%PDF-|\{\\rtf|<!doctype|<html|<\?xml|<table)/i.test(text)) throw refuseImport('not_a_table');
}

function guessFormat(text: string): Format {
  const start = text.trimStart();
  if (start.startsWith('{')) return 'jsonl';
  if (start.startsWith('[')) throw refuseImport('not_a_table');
  const line = start.split(/[\r\n]/, 1)[0] ?? '';
  return count(line, '\t') > count(line, ',') ? 'tsv' : 'csv';
}

function guessDelimiter(text: string): string {
  const line = text.trimStart().split(/[\r\n]/, 1)[0] ?? '';
  return [',', ';', '\t', '|'].reduce((best, one) => (count(line, one) > count(line, best) ? one : best));
}

const count = (text: string, sign: string): number => text.split(sign).length - 1;
