import { buffer } from 'node:stream/consumers';
import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import { openReading, readContent, returnReading, type RecordDraft } from '../../records/index.js';
import type { PrivacyDeps } from '../deps.js';
import type { CopyRecord } from './store.js';

/** The purpose of every reading made for a copy, in the scheme's words. */
const PURPOSE = 'client_request';

/** A record as a copy has it: with its content, or with the reason why not. */
export interface Gathered {
  record: CopyRecord;
  /** The reading under which it was opened; its files leave under it too. */
  readingId: string | null;
  draft: RecordDraft | null;
  why: string | null;
}

/**
 * Opens a record for a client's copy as everybody opens one: a reading with a purpose, on record, under the maker's own
 * rights. What may not be read is not read: it is listed with the reason.
 */
export async function gather(deps: PrivacyDeps, actor: Actor, record: CopyRecord, number: string): Promise<Gathered> {
  if (record.restricted) return { record, readingId: null, draft: null, why: 'restricted' };
  try {
    const reading = await openReading(deps, actor, { recordId: record.id, purpose: PURPOSE, ticket: number });
    try {
      const content = await readContent(deps, actor, { readingId: reading.id, kind: 'download' });
      const { draft } = JSON.parse((await buffer(content.body)).toString('utf8')) as { draft: RecordDraft };
      return { record, readingId: reading.id, draft, why: null };
    } catch (error) {
      await finish(deps, actor, reading.id, false);
      throw error;
    }
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    // an outage is no refusal: the copy waits for better times
    if (error.status >= 500 && error.code !== 'content_damaged') throw error;
    return { record, readingId: null, draft: null, why: error.status >= 500 ? 'failed' : error.code };
  }
}

/** Hands a reading back when its record is in the package. */
export async function finish(deps: PrivacyDeps, actor: Actor, readingId: string, whole: boolean): Promise<void> {
  await returnReading(deps, actor, { readingId, result: whole ? 'solved' : 'not_needed' }).catch((error: unknown) => {
    // it may have expired or ended meanwhile: then it is over anyway
    if (!(error instanceof CodedError)) throw error;
  });
}
