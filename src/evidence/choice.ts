import type { Choice } from '../audit/index.js';
import type { Queryable } from '../db/index.js';
import { CodedError, invalidField } from '../errors/index.js';
import { namesInLog, recordsOfClient, type PackRow } from './store.js';
import { PACK_LIMITS } from './values.js';

/** What a pack is about, in the terms of the log. */
export async function choiceOf(db: Queryable, row: Pick<PackRow, 'kind' | 'person_id' | 'client_number' | 'record_id' | 'from_at' | 'to_at'>): Promise<Choice> {
  const choice: Choice = { actors: [], subjects: [], records: [], from: row.from_at, to: row.to_at };
  if (row.person_id !== null) {
    const names = await namesInLog(db, row.person_id);
    if (!names) throw new CodedError('not_found');
    return { ...choice, actors: [names.pseudonym], subjects: names.subjects };
  }
  if (row.record_id !== null) return { ...choice, records: [row.record_id] };
  if (row.client_number === null) return choice;
  const records = await recordsOfClient(db, row.client_number, PACK_LIMITS.records + 1);
  if (records.length === 0) throw invalidField('subject', 'not_known'); // with no list at all it would be every entry
  if (records.length > PACK_LIMITS.records) throw invalidField('subject', 'too_many', { max: PACK_LIMITS.records });
  return { ...choice, records };
}
