import { CodedError } from '../errors/index.js';

/** Errors of the port, shared by its implementations. */
export function notFound(): CodedError {
  return new CodedError('not_found', { detail: 'object' });
}

export function keyUsed(): CodedError {
  return new CodedError('conflict', { detail: 'key already used' });
}

export function isLocked(): CodedError {
  return new CodedError('conflict', { detail: 'object locked' });
}

export function onHold(): CodedError {
  return new CodedError('conflict', { detail: 'object under legal hold' });
}

export function wrongLength(): CodedError {
  return new CodedError('invalid_request', { detail: 'the content has another length than told' });
}

export function storeUnavailable(detail: string, cause?: unknown): CodedError {
  return new CodedError('store_unavailable', cause === undefined ? { detail } : { detail, cause });
}
