import type { RecordsDeps } from '../deps.js';
import type { RecordDraft } from '../draft.js';
import { inspectStream } from '../files/index.js';
import { filesOfVersion } from '../readings/store.js';
import type { CaptureFile } from './files.js';
import { bodyBytes, type BodyFile } from './prepare.js';
import type { ExistingRecord } from './store.js';

/**
 * Whether what is handed over again is, bit for bit, what was taken in first (R9): each file is compared as it streams
 * by, then the body, which names them. Keys never leave the vault for it.
 */
export async function isReplay(
  deps: RecordsDeps,
  known: ExistingRecord,
  draft: RecordDraft,
  files: AsyncIterable<CaptureFile> | Iterable<CaptureFile>,
): Promise<boolean> {
  const stored = await filesOfVersion(deps.db, known.id);
  const seen: BodyFile[] = [];
  let equal = true;
  for await (const file of files) {
    const object = stored[seen.length];
    if (!equal || !object) {
      equal = false;
      file.body.resume(); // the rest of the request must still be read
      continue;
    }
    const { inspected, body, size } = await inspectStream(file.body, file.name, file.declaredType);
    equal = await deps.vault.replayEqualsStream(object.object_id, body);
    seen.push({ original: file.name, name: inspected.name, type: inspected.type, size: size() });
  }
  return equal && deps.vault.replayEquals(known.body_object, bodyBytes(draft, seen));
}
