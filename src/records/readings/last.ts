import type { Actor } from '../../audit/index.js';
import { openField } from '../../crypto/index.js';
import type { RecordsDeps } from '../deps.js';
import { noteContext } from './open.js';
import { lastPurpose } from './store.js';

/** What one read for last, with note and ticket as they were given. */
export interface LastReading {
  purpose: string;
  note: string;
  ticket: string;
}

/** The viewer's own last purpose, offered for the next reading; `null` where it is not among those allowed here. */
export async function lastReading(deps: RecordsDeps, actor: Actor, allowed?: readonly string[]): Promise<LastReading | null> {
  if (actor.accountId === null) return null;
  const last = await lastPurpose(deps.db, actor.accountId);
  if (!last || allowed?.includes(last.purpose) === false) return null;
  const side =
    last.note_sealed === null
      ? {}
      : (JSON.parse(openField(deps.keystore.secret('catalogue'), noteContext(last.id), last.note_sealed)) as { note?: string; ticket?: string });
  return { purpose: last.purpose, note: side.note ?? '', ticket: side.ticket ?? '' };
}
