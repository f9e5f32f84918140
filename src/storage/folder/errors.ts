import { CodedError } from '../../errors/index.js';
import { keyUsed, notFound, storeUnavailable } from '../failures.js';

export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/** What a failed file operation means to the port. Errors of the caller's own stream pass unchanged. */
export function translate(error: unknown): unknown {
  if (error instanceof CodedError || !(error instanceof Error) || !('syscall' in error)) return error;
  if (hasCode(error, 'ENOSPC', 'EDQUOT')) return new CodedError('disk_full', { cause: error });
  if (hasCode(error, 'EEXIST')) return keyUsed();
  if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return notFound();
  return storeUnavailable('folder', error);
}
