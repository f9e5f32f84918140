import type { Place } from '../../audit/index.js';
import { aboutRecord, gatherTexts } from './gather.js';
import { judge, seenRecord, whyKey, type Why } from './judge.js';
import type { LogSource } from './source.js';
import { Spans, type Span } from './spans.js';
import { Past, type PastRecord } from './state.js';
import type { RulesOfThePast } from './texts.js';
import { goThrough, type Day } from './through.js';

/** A person who could have read, with every reason and the times it held. */
export interface CouldRead {
  /** Pseudonym. */
  person: string;
  personId: string | null;
  /** Department at the end of the day; `undefined` where the log does not say. */
  department: string | undefined;
  whys: (Why & { spans: Span[] })[];
}

/** What is worth knowing about an answer. */
export type PastNote =
  /** Entries from before that day were destroyed at the end of their term. */
  | 'entries_gone'
  /** The log had no such record by the end of the day. */
  | 'record_unknown'
  /** Not everything that the rules look at stands in entries of that time. */
  | 'record_incomplete'
  /** It was restricted for some of the day: only kept, not read. */
  | 'restricted'
  /** It was past being read. */
  | 'gone'
  /** The text of rules in force is not in the log. */
  | 'rules_unknown'
  /** Reading it asked for the second factor besides. */
  | 'second_factor';

export interface WhoCouldRead {
  record: PastRecord | null;
  day: Day;
  persons: CouldRead[];
  notes: PastNote[];
  /** Digest of the access rules at the end of the day, and the entry that put them in force. */
  policy: { version: string; since: Place } | null;
}

/** Who could have read one record at any time of a day, from the log alone. */
export async function whoCouldRead(source: LogSource, asked: { record: string; day: Day; purpose?: string | undefined }): Promise<WhoCouldRead> {
  const { record, day, purpose } = asked;
  const texts = await gatherTexts(source);
  const past = new Past(record);
  const found = new Spans<Why>(whyKey);
  const notes = new Set<PastNote>();
  await goThrough(past, texts, await aboutRecord(source, record, day.to), day, (touched, at) => {
    noteRecord(past, notes);
    if (lacksTexts(past, texts)) notes.add('rules_unknown');
    const seen = seenRecord(past);
    const persons = touched === 'all' ? past.persons.values() : [past.person(touched.person)];
    for (const person of persons) found.set(person.pseudonym, seen === undefined ? [] : judge(past, texts, person, seen, at, purpose), at);
  });
  const persons = found.end(day.to).map(({ who, reasons }): CouldRead => {
    const { id, department } = past.person(who);
    return { person: who, personId: id, department, whys: reasons.map(({ reason, spans }) => ({ ...reason, spans })) };
  });
  if (past.record === null) notes.add('record_unknown');
  return {
    record: past.record,
    day,
    persons: persons.sort((a, b) => (a.person < b.person ? -1 : 1)),
    notes: [...notes],
    policy: past.policy === null ? null : { version: `roles@${past.policy.digest}`, since: past.policy.since },
  };
}

/** Whether rules are in force of which the log does not hold the text. */
export function lacksTexts(past: Past, texts: RulesOfThePast): boolean {
  return (
    (past.policy !== null && texts.policy(past.policy.digest) === undefined) ||
    [...past.standing.values()].some((one) => texts.standing(one.digest) === undefined)
  );
}

const LOOKED_AT = ['service_type', 'department', 'sensitivity', 'medium', 'channel', 'client_type'] as const;

function noteRecord({ record }: Past, notes: Set<PastNote>): void {
  if (record === null) return;
  if (record.restricted === true) notes.add('restricted');
  if (['destroying', 'shredded', 'destroyed'].includes(record.state)) notes.add('gone');
  if (record.restricted === undefined || record.purposes === undefined || LOOKED_AT.some((one) => record.attributes[one] === undefined))
    notes.add('record_incomplete');
  if (record.attributes.sensitivity === 'highly_sensitive') notes.add('second_factor');
}
