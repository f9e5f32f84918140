import { openSystemReading } from '../../vault/index.js';
import { PURPOSE, isDamage } from './build.js';
import type { FollowDeps } from './deps.js';
import { isBare, type FileWords, type IndexedRow } from './document.js';
import { filesOf, keepFileStates, waitingFiles, type FileRow, type FileState } from './store.js';

/** Texts of the files of one record, and whether scans among them still have to be recognised. */
export interface FileTexts {
  words: FileWords[];
  scans: boolean;
}

/**
 * Reads the texts of a record's files, each under the log, and keeps what became of each. `recognise`: scans that an
 * earlier pass found are recognised; without it they are left waiting.
 */
export async function fileTextsOf(deps: FollowDeps, row: IndexedRow, recognise: boolean): Promise<FileTexts> {
  const files = await filesOf(deps.db, [row.id]);
  if (isBare(row) || files.length === 0) return { words: [], scans: false };
  const canRecognise = await deps.texts.ocrAvailable();
  const scans = recognise && canRecognise ? await waitingFiles(deps.db, row.id) : new Set<string>();
  const reading = await openSystemReading(deps, { purpose: PURPOSE, objectIds: files.map((file) => file.object_id) });
  const states: FileState[] = [];
  const words: FileWords[] = [];
  const byObject = new Map(files.map((file) => [file.object_id, file]));
  for await (const object of reading.objects()) {
    const file = byObject.get(object.objectId) as FileRow;
    const { state, text } = await textOf(deps, file, object.open, { scan: scans.has(file.id), canRecognise });
    states.push(state);
    words.push({ name: file.name, text });
  }
  await reading.end({ read: states.filter((one) => one.state === 'text').length, files: files.length });
  await keepFileStates(deps.db, states, deps.now());
  return { words, scans: states.some((one) => one.state === 'waiting') };
}

type Opener = () => ReturnType<FollowDeps['vault']['open']>;

async function textOf(
  deps: FollowDeps,
  file: FileRow,
  open: Opener,
  { scan, canRecognise }: { scan: boolean; canRecognise: boolean },
): Promise<{ state: FileState; text: string }> {
  const none = (reason: string, state: 'none' | 'waiting' = 'none'): { state: FileState; text: string } => ({
    state: { fileId: file.id, recordId: file.record_id, state, reason, ocr: false, truncated: false },
    text: '',
  });
  try {
    const { body } = await open();
    const input = { size: Number(file.size), mediaType: file.media_type, extension: file.extension, body };
    const answer = scan ? await deps.texts.ocr(input) : await deps.texts.extract(input);
    if (!answer.ok) return !scan && answer.reason === 'needs_ocr' && canRecognise ? none('needs_ocr', 'waiting') : none(answer.reason);
    const { text, truncated, ocr } = answer.value;
    return { state: { fileId: file.id, recordId: file.record_id, state: 'text', reason: null, ocr, truncated }, text };
  } catch (error) {
    if (isDamage(error)) return none('damaged');
    throw error;
  }
}
