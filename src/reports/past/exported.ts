import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { ExportCheck, LOG_NAME, readEntry, type LogFingerprint, type LogItem, type Selection } from '../../audit/index.js';
import { canonicalJson } from '../../crypto/index.js';
import { CodedError } from '../../errors/index.js';
import type { LogSource } from './source.js';

const BATCH = 1000;
const NUMBER = /^(0|[1-9]\d{0,17})$/;

/** One entry as a line of an exported log. */
export function exportedLine({ log, sequence, entry }: LogItem): string {
  return `${JSON.stringify({ log, sequence: String(sequence), entry })}\n`;
}

function itemOf(line: string, number: number): LogItem {
  const wrong = (): CodedError =>
    new CodedError('invalid_field', { fields: [{ field: 'file', code: 'invalid', params: { line: number } }], detail: `line ${number}` });
  let value: { log?: unknown; sequence?: unknown; entry?: unknown };
  try {
    value = JSON.parse(line) as typeof value;
  } catch {
    throw wrong();
  }
  const entry = typeof value.entry === 'object' && value.entry !== null ? readEntry(canonicalJson(value.entry)) : undefined;
  if (entry === undefined || typeof value.log !== 'string' || !LOG_NAME.test(value.log) || typeof value.sequence !== 'string' || !NUMBER.test(value.sequence))
    throw wrong();
  return { log: value.log, sequence: BigInt(value.sequence), entry };
}

async function* itemsOf(path: string): AsyncGenerator<LogItem> {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    number += 1;
    if (line !== '') yield itemOf(line, number);
  }
}

function wanted({ acts, record, subjects, actors, readings, mentions }: Selection): (item: LogItem) => boolean {
  const [ofActs, ofSubjects, ofActors, ofReadings] = [acts, subjects, actors, readings].map((list) => (list === undefined ? undefined : new Set(list)));
  return ({ entry }) =>
    entry.decision === 'allow' &&
    ofActs?.has(entry.act) === true &&
    (record === undefined || entry.subject.id === record || entry.facts?.['record'] === record) &&
    ofSubjects?.has(entry.subject.id) !== false &&
    ofActors?.has(entry.actor) !== false &&
    (ofReadings === undefined || ofReadings.has(entry.subject.kind === 'reading' ? entry.subject.id : String(entry.facts?.['reading']))) &&
    (mentions === undefined || JSON.stringify(entry).includes(mentions));
}

/** A whole log that was exported to a file, one entry a line, oldest first: read anew for each look, and never held. */
export function exportedLog(path: string): LogSource {
  return {
    async *entries(selection, until) {
      const fits = wanted(selection);
      let batch: LogItem[] = [];
      for await (const item of itemsOf(path)) {
        if (until !== undefined && new Date(item.entry.t) >= until) break;
        if (!fits(item)) continue;
        batch.push(item);
        if (batch.length < BATCH) continue;
        yield batch;
        batch = [];
      }
      if (batch.length > 0) yield batch;
    },
  };
}

/** What the logs of an exported file come to. Throws where an entry is missing, doubled or out of place. */
export async function checkExported(path: string): Promise<LogFingerprint[]> {
  const check = new ExportCheck();
  for await (const item of itemsOf(path))
    if (!check.take(item))
      throw new CodedError('invalid_field', { fields: [{ field: 'file', code: 'invalid' }], detail: `${item.log}/${item.sequence} is not the next entry` });
  return check.end();
}
