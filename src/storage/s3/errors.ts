import { S3Error } from 'minio';
import { CodedError } from '../../errors/index.js';
import { isLocked, keyUsed, notFound, storeUnavailable } from '../failures.js';

/** The server's error code, or the HTTP status where it sent none (answers to HEAD have no body). */
export function s3Code(error: unknown): string | undefined {
  return error instanceof S3Error ? error.code : undefined;
}

const MISSING = new Set(['NoSuchKey', 'NoSuchVersion', 'NotFound', 'NoSuchUpload']);
const FULL = new Set(['XMinioStorageFull', 'QuotaExceeded', 'InsufficientCapacity', 'EntityTooLarge']);

export function isMissing(error: unknown): boolean {
  return MISSING.has(s3Code(error) ?? '');
}

/** What a server's answer means to the port. */
export function translate(error: unknown, action: 'read' | 'write' | 'remove'): unknown {
  if (error instanceof CodedError) return error;
  const code = s3Code(error) ?? '';
  if (MISSING.has(code)) return notFound();
  if (code === 'PreconditionFailed') return keyUsed();
  if (FULL.has(code)) return new CodedError('disk_full', { cause: error });
  // servers name a refusal under lock differently; that the object is locked has been looked up before
  if (action === 'remove' && /^(AccessDenied|ObjectLocked|InvalidRequest|MethodNotAllowed|Forbidden)$/.test(code)) return isLocked();
  return storeUnavailable(`s3 ${code}`.trim(), error);
}
