import { Readable } from 'node:stream';
import { csvLine } from '../../documents/index.js';
import { phrasesFor, type Lang } from '../../phrases/index.js';
import type { RejectFile } from './rejects.js';

/**
 * The reject file: row, field, code, what is wrong in Chinese and English, then the row as it came. UTF-8 with a mark,
 * so that a spreadsheet reads it; safe against formulas.
 */
export function rejectCsv(file: RejectFile, lang: Lang): Readable {
  const { rejects } = phrasesFor(lang).imports;
  const source = file.header.length > 0 ? file.header : [rejects.raw];
  async function* text(): AsyncGenerator<string> {
    yield `\uFEFF${csvLine([rejects.row, rejects.field, rejects.code, rejects.whatZh, rejects.whatEn, ...source])}`;
    for await (const lines of file.lines) yield lines.map((one) => csvLine([one.row, one.field, one.code, one.zh, one.en, ...one.cells])).join('');
  }
  return Readable.from(text(), { objectMode: false, encoding: 'utf8' });
}
