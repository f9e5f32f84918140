import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import busboy from 'busboy';
import { CodedError, invalidField } from '../errors/index.js';

export interface TextPart {
  kind: 'text';
  field: string;
  value: string;
}

export interface FilePart {
  kind: 'file';
  field: string;
  /** As sent; never a path we use. */
  filename: string;
  declaredType: string;
  /** Must be read to its end (or destroyed) before the next part comes. Fails with `too_large` beyond the limit. */
  body: Readable;
}

export type UploadParts = AsyncIterable<TextPart | FilePart>;

export interface UploadLimits {
  fileBytes: number;
  files: number;
  fieldBytes: number;
  fields: number;
}

/** Yields the parts of an upload one by one; nothing is buffered beyond one text field, nothing touches a disk. */
export async function* readParts(request: IncomingMessage, limits: UploadLimits): UploadParts {
  const parser = openParser(request, limits);
  const queue: (TextPart | FilePart)[] = [];
  let wake: () => void = () => undefined;
  let failure: Error | undefined;
  let done = false;
  const push = (part: TextPart | FilePart): void => {
    queue.push(part);
    wake();
  };
  const fail = (error: Error): void => {
    failure ??= error;
    wake();
  };
  parser.on('field', (field, value, info) => {
    if (info.valueTruncated) fail(new CodedError('too_large', { params: { max: limits.fieldBytes }, fields: [{ field, code: 'too_long' }] }));
    else push({ kind: 'text', field, value });
  });
  parser.on('file', (field, body, info) => {
    body.on('limit', () => body.destroy(new CodedError('too_large', { params: { max: limits.fileBytes }, fields: [{ field, code: 'file_too_large' }] })));
    body.on('error', () => undefined); // whoever reads the part hears of it
    push({ kind: 'file', field, filename: info.filename ?? '', declaredType: info.mimeType, body });
  });
  parser.on('filesLimit', () => fail(new CodedError('too_many_files', { params: { max: limits.files } })));
  parser.on('fieldsLimit', () => fail(new CodedError('too_large', { params: { max: limits.fields } })));
  parser.on('error', () => fail(new CodedError('invalid_request', { detail: 'multipart' })));
  parser.on('close', () => {
    done = true;
    wake();
  });
  request.on('aborted', () => parser.destroy(new Error('aborted')));
  request.pipe(parser);
  try {
    for (;;) {
      if (failure) throw failure;
      const next = queue.shift();
      if (next) yield next;
      else if (done) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    request.unpipe(parser);
    for (const part of queue) if (part.kind === 'file') part.body.destroy();
    request.resume();
  }
}

function openParser(request: IncomingMessage, limits: UploadLimits): busboy.Busboy {
  try {
    return busboy({
      headers: request.headers,
      defParamCharset: 'utf8',
      highWaterMark: 1 << 20,
      fileHwm: 1 << 20,
      limits: {
        fileSize: limits.fileBytes,
        files: limits.files,
        fieldSize: limits.fieldBytes,
        fields: limits.fields,
        parts: limits.files + limits.fields,
        headerPairs: 50,
      },
    });
  } catch {
    throw invalidField('Content-Type', 'multipart_expected');
  }
}
