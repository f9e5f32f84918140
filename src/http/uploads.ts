import { CodedError, invalidField } from '../errors/index.js';
import type { CaptureFile } from '../records/index.js';
import { parseJson } from './body.js';
import type { UploadParts } from './multipart.js';

/** What a multipart request of a record holds: its JSON first, then its files as they stream in. */
export interface RecordUpload {
  json: unknown;
  files: AsyncIterable<CaptureFile>;
}

/** Reads the part `record` (JSON), which must come first; files follow under any name and stay unread until asked for. */
export async function readRecordUpload(parts: UploadParts, field: string): Promise<RecordUpload> {
  const iterator = parts[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done === true || first.value.kind !== 'text' || first.value.field !== field) {
    await iterator.return?.();
    throw invalidField(field, 'must_come_first');
  }
  const json = parseJson(first.value.value);
  return { json, files: filesOf({ [Symbol.asyncIterator]: () => iterator }) };
}

async function* filesOf(parts: UploadParts): AsyncIterable<CaptureFile> {
  for await (const part of parts) {
    if (part.kind === 'text') throw new CodedError('invalid_field', { fields: [{ field: part.field, code: 'unknown_field' }] });
    yield { name: part.filename, declaredType: part.declaredType, body: part.body, size: null };
  }
}
