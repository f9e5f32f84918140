import { CodedError } from '../errors/index.js';
import type { JobPayload } from './types.js';

const NAME = /^[a-z][A-Za-z0-9]{0,39}$/;
/** Ids, codes, digests, times in ISO 8601. A sentence, a name or a phone number with spaces does not pass, and nothing long does. */
const WORD = /^[A-Za-z0-9_:.+-]{0,100}$/;

/** Refuses a payload that could carry content. */
export function checkPayload(payload: unknown): JobPayload {
  const plain = typeof payload === 'object' && payload !== null && !Array.isArray(payload);
  const entries = plain ? Object.entries(payload) : [];
  const fits = (value: unknown): boolean => (typeof value === 'string' ? WORD.test(value) : typeof value === 'boolean' || Number.isSafeInteger(value));
  if (!plain || entries.length > 16 || !entries.every(([name, value]) => NAME.test(name) && fits(value))) {
    throw new CodedError('internal', { detail: 'a job carries ids, codes and numbers only' });
  }
  return payload as JobPayload;
}
