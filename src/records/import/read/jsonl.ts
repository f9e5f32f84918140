import { JsonRow } from './row.js';

/** Reads one JSON object a line, streaming; a line that is none is that row's fault. */
export async function* cutJsonl(chunks: AsyncIterable<string>, maxRow: number): AsyncGenerator<JsonRow[]> {
  let text = '';
  let number = 0;
  let skipping = false; // inside a line that is too long
  for await (const chunk of chunks) {
    text += chunk;
    const rows: JsonRow[] = [];
    let at = 0;
    for (let end = text.indexOf('\n', at); end >= 0; end = text.indexOf('\n', at)) {
      number++;
      const line = text.slice(at, end);
      at = end + 1;
      if (skipping || line.length > maxRow) rows.push(tooLong(number));
      else if (line.trim() !== '') rows.push(parse(line.trim(), number));
      skipping = false;
    }
    text = text.slice(at);
    if (text.length > maxRow) {
      skipping = true;
      text = '';
    }
    if (rows.length > 0) yield rows;
  }
  if (skipping) yield [tooLong(number + 1)];
  else if (text.trim() !== '') yield [parse(text.trim(), number + 1)];
}

const tooLong = (number: number): JsonRow => new JsonRow(number, undefined, '', { code: 'row_too_long', field: '' });

const LONG_NUMBER = /\d{16}/;

function parse(line: string, number: number): JsonRow {
  let value: unknown;
  try {
    value = LONG_NUMBER.test(line) ? JSON.parse(line, keepDigits) : JSON.parse(line);
  } catch {
    return new JsonRow(number, undefined, line, { code: 'not_json', field: '' });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return new JsonRow(number, undefined, line, { code: 'not_json', field: '' });
  return new JsonRow(number, value, line);
}

/** Numbers that a double cannot hold keep their digits as text: card and order numbers are no quantities. */
function keepDigits(this: unknown, _key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' && !Number.isSafeInteger(value) && context?.source !== undefined && /^-?\d+$/.test(context.source) ? context.source : value;
}
