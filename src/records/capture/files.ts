import type { Readable } from 'node:stream';
import { maskText } from '../../classification/index.js';
import { newId } from '../../db/index.js';
import { CodedError, isCoded } from '../../errors/index.js';
import type { Staged } from '../../vault/index.js';
import type { RecordsDeps } from '../deps.js';
import type { RecordDraft } from '../draft.js';
import { inspectStream, type InspectedStream } from '../files/index.js';
import type { BodyFile } from './prepare.js';
import type { NewFile } from './store.js';

/** A file handed over with a record. `body` is read once. */
export interface CaptureFile {
  name: string;
  declaredType?: string;
  body: Readable;
  /** Bytes, where known beforehand. */
  size: number | null;
}

/** A file that was sealed and stored, and waits for its catalogue row. */
export interface StagedFile {
  staged: Staged;
  body: BodyFile;
  row: Omit<NewFile, 'record_id' | 'first_version'>;
}

/** Whose files they are, and which names their file names must not show. */
export interface StageTarget {
  id: string;
  versionId: string;
  fonds: string;
  names: readonly string[];
}

/** Types, seals and stores the files of one record one after the other, as they stream in. */
export async function stageFiles(
  deps: RecordsDeps,
  target: StageTarget,
  files: AsyncIterable<CaptureFile> | Iterable<CaptureFile>,
  firstPosition = 0,
): Promise<StagedFile[]> {
  const done: StagedFile[] = [];
  for await (const file of files) {
    const position = firstPosition + done.length;
    if (position >= deps.settings.limits.filesPerRecord) {
      file.body.destroy();
      throw new CodedError('too_many_files', { params: { max: deps.settings.limits.filesPerRecord } });
    }
    done.push(await stageFile(deps, target, file, position));
  }
  return done;
}

async function stageFile(deps: RecordsDeps, target: StageTarget, file: CaptureFile, position: number): Promise<StagedFile> {
  const { inspected, body, finish } = await inspectAt(file, position);
  const staged = await deps.vault.stage({ recordId: target.id, versionId: target.versionId, fonds: target.fonds, body, size: file.size });
  return {
    staged,
    body: { original: file.name, name: inspected.name, type: inspected.type, size: staged.plainSize },
    row: {
      id: newId(),
      object_id: staged.objectId,
      position,
      name: maskText(inspected.name, target.names).text,
      extension: inspected.extension,
      media_type: inspected.type,
      size: staged.plainSize,
      flags: finish(),
    },
  };
}

/** Refusals name the file by its place in the record. */
async function inspectAt(file: CaptureFile, position: number): Promise<InspectedStream> {
  try {
    return await inspectStream(file.body, file.name, file.declaredType);
  } catch (error) {
    if (!isCoded(error, 'refused_file')) throw error;
    throw new CodedError('refused_file', { fields: error.fields.map((one) => ({ ...one, field: `files.${position}` })) });
  }
}

/** A signature that names a file must name one that came along. */
export function checkSignatureFile(draft: RecordDraft, names: readonly string[]): void {
  if (draft.signature?.kind === 'file' && !names.includes(draft.signature.file)) {
    throw new CodedError('invalid_field', { fields: [{ field: 'signature.file', code: 'file_missing' }] });
  }
}
