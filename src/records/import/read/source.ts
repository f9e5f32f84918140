import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { CodedError } from '../../../errors/index.js';

/** Where an import reads from. It must give the same bytes every time, because a file is checked before it is taken in. */
export interface ImportSource {
  /** The file's name as it was given; stored sealed. */
  name: string;
  size: number;
  /** Bytes `[start, end)`, all without a range. */
  open(range?: { start: number; end: number }): Promise<Readable>;
}

/** A file of this machine, read in place. */
export async function fileSource(path: string): Promise<ImportSource> {
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile()) throw refuseImport('no_such_file');
  return {
    name: basename(path),
    size: info.size,
    open: async (range) => {
      if (range && range.end <= range.start) return Readable.from([]);
      return createReadStream(path, { highWaterMark: 262_144, ...(range ? { start: range.start, end: range.end - 1 } : {}) });
    },
  };
}

/** Bytes already in memory. */
export function bufferSource(name: string, bytes: Buffer): ImportSource {
  return { name, size: bytes.length, open: async (range) => Readable.from([range ? bytes.subarray(range.start, range.end) : bytes]) };
}

/** Why a whole file is refused. Texts stand under `imports.refusals`. */
export const REFUSALS = [
  'no_such_file',
  'empty_file',
  'cut_gzip',
  'broken_gzip',
  'wrong_encoding',
  'unknown_encoding',
  'not_a_table',
  'binary',
  'legacy_excel',
  'broken_xlsx',
  'encrypted_xlsx',
  'no_such_sheet',
  'too_many_strings',
  'no_rows',
  'no_header',
  'duplicate_header',
  'missing_columns',
  'mapping_invalid',
  'mapping_needed',
  'no_such_mapping',
  'no_such_parameter',
] as const;
export type Refusal = (typeof REFUSALS)[number];

/** The error of a file that is refused whole; `params.reason` is one of {@link REFUSALS}. */
export function refuseImport(reason: Refusal, params: Record<string, string | number> = {}, cause?: unknown): CodedError {
  return new CodedError('import_refused', cause === undefined ? { params: { reason, ...params } } : { params: { reason, ...params }, cause });
}
