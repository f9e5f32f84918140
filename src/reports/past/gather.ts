import type { LogItem } from '../../audit/index.js';
import { BASIS_ACTS, GRANT_ACTS, RECORD_ACTS } from './replay.js';
import { TEXT_ACTS } from './rules.js';
import { collect, merged, type LogSource } from './source.js';
import { textFact } from './state.js';
import { PastTexts } from './texts.js';

/** Every text of rules that the log holds: a text is known by its digest, so it may stand behind the day. */
export async function gatherTexts(source: LogSource): Promise<PastTexts> {
  const texts = new PastTexts();
  for await (const batch of source.entries({ acts: TEXT_ACTS })) for (const item of batch) texts.take(item);
  return texts;
}

/** Grants with their ends and the readings under them. */
async function aboutGrants(source: LogSource, issues: readonly LogItem[], until: Date): Promise<LogItem[]> {
  const ids = issues.map(({ entry }) => entry.subject.id);
  if (ids.length === 0) return [];
  const own = await collect(source.entries({ acts: GRANT_ACTS, subjects: ids }, until));
  const counted = own.filter(({ entry }) => entry.act === 'grant.issue' && typeof entry.facts?.['readings'] === 'number');
  const grants = new Set(counted.map(({ entry }) => entry.subject.id));
  const readers = [...new Set(counted.map(({ entry }) => textFact(entry, 'reader')))];
  const opened: LogItem[] = [];
  if (readers.length > 0)
    for await (const batch of source.entries({ acts: ['reading.open'], actors: readers }, until))
      opened.push(...batch.filter(({ entry }) => grants.has(textFact(entry, 'grant'))));
  if (opened.length === 0) return own;
  const readings = opened.map(({ entry }) => entry.subject.id);
  const closed = await collect(source.entries({ acts: ['reading.return', 'reading.expire'], readings }, until));
  const restricted = await collect(source.entries({ acts: ['record.restrict'] }, until));
  const read = new Set(opened.map(({ entry }) => textFact(entry, 'record')));
  return [...own, ...opened, ...closed, ...restricted.filter(({ entry }) => read.has(entry.subject.id))];
}

/** What the log says up to an instant that bears on who could read one record, in order. */
export async function aboutRecord(source: LogSource, record: string, until: Date): Promise<AsyncIterable<LogItem>> {
  const naming = await collect(source.entries({ acts: ['grant.records'], mentions: record }, until));
  const grants = await aboutGrants(source, naming, until);
  const own = await collect(source.entries({ acts: RECORD_ACTS, record }, until));
  const few = new Map([...grants, ...own].map((item) => [`${item.log}/${item.sequence}`, item]));
  return merged(source.entries({ acts: BASIS_ACTS }, until), [...few.values()]);
}

/** What it says that bears on what one person could read. */
export async function aboutPerson(source: LogSource, pseudonym: string, until: Date): Promise<AsyncIterable<LogItem>> {
  const issued = await collect(source.entries({ acts: ['grant.issue'], mentions: pseudonym }, until));
  const own = issued.filter(({ entry }) => textFact(entry, 'reader') === pseudonym);
  const few = new Map((await aboutGrants(source, own, until)).map((item) => [`${item.log}/${item.sequence}`, item]));
  return merged(source.entries({ acts: BASIS_ACTS }, until), [...few.values()]);
}

/** The id of the record with an archival code, as its entry says; `undefined` where the log knows none. */
export async function recordCoded(source: LogSource, code: string): Promise<string | undefined> {
  for await (const batch of source.entries({ acts: ['record.archive'], mentions: JSON.stringify(code) }))
    for (const { entry } of batch) if (textFact(entry, 'code') === code) return entry.subject.id;
  return undefined;
}
