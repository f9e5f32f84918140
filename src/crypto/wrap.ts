import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { CodedError } from '../errors/index.js';

const NONCE = 12;
const TAG = 16;

/** Wraps a 32-byte key: `nonce 12 ‖ AES-256-GCM 32 ‖ tag 16`, `ids` as associated data. Random nonces: a wrapping key wraps at most 65,536 keys. */
export function wrapKey(by: KeyObject, ids: Buffer, key: KeyObject, random: (n: number) => Buffer = randomBytes): Buffer {
  const nonce = random(NONCE);
  const cipher = createCipheriv('aes-256-gcm', by, nonce);
  cipher.setAAD(ids);
  const body = cipher.update(key.export());
  cipher.final();
  return Buffer.concat([nonce, body, cipher.getAuthTag()]);
}

/** `key_unavailable` where it was wrapped by another key, for other ids, or was changed. */
export function unwrapKey(by: KeyObject, ids: Buffer, wrapped: Buffer): KeyObject {
  if (wrapped.length !== NONCE + 32 + TAG) throw new CodedError('key_unavailable', { detail: 'wrapped key has a wrong length' });
  const decipher = createDecipheriv('aes-256-gcm', by, wrapped.subarray(0, NONCE), { authTagLength: TAG });
  decipher.setAAD(ids);
  decipher.setAuthTag(wrapped.subarray(NONCE + 32));
  const body = decipher.update(wrapped.subarray(NONCE, NONCE + 32));
  try {
    decipher.final();
    return createSecretKey(body);
  } catch {
    throw new CodedError('key_unavailable', { detail: 'wrapped key does not open' });
  } finally {
    body.fill(0);
  }
}
