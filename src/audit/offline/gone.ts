import { openGone, GONE_FILE, type GoneNote } from '../term/note.js';
import { logOf } from '../log/names.js';
import { keyOf, type VerifierKeys } from './checkpoints.js';
import type { LogSource } from './source.js';
import type { PublishedFault } from './types.js';

/** The certificate that the entries of a log were destroyed by rule, where there is one and it is signed for this log. */
export async function goneNote(source: LogSource, log: string, keys: VerifierKeys): Promise<{ note: GoneNote | undefined; faults: PublishedFault[] }> {
  const text = (await source.read(`${log}/${GONE_FILE}`))?.toString('utf8');
  if (text === undefined) return { note: undefined, faults: [] };
  const key = keyOf(keys, text.slice(0, text.indexOf('\n')));
  const note = key && openGone(text, key);
  if (note && logOf(note.origin) === log) return { note, faults: [] };
  return { note: undefined, faults: [{ kind: note ? 'origin' : 'signature', log, sequence: null, name: `${log}/${GONE_FILE}` }] };
}
