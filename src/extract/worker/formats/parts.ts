import type { Sink } from '../sink.js';
import type { Zip } from '../zip.js';

/** Says what else an office file holds: macros and embedded files. */
export function noteParts(zip: Zip, sink: Sink): void {
  if (zip.damaged) sink.notes.add('partly_damaged');
  for (const name of zip.entries.keys()) {
    if (/(^|\/)(vbaProject|vbaData)[^/]*$|^(Basic|Scripts)\/.+|\/macrosheets\//.test(name)) sink.notes.add('macro');
    if (/\/(embeddings|activeX)\/|^Object[^/]*\/content\.xml$|^ObjectReplacements\/./.test(name)) sink.notes.add('embedded');
  }
}
