import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import { CodedError } from '../errors/index.js';

const NONCE = 12;
const TAG = 16;

function wrapBytes(by: KeyObject, ids: Buffer, key: Buffer, random: (n: number) => Buffer): Buffer {
  const nonce = random(NONCE);
  const cipher = createCipheriv('aes-256-gcm', by, nonce);
  cipher.setAAD(ids);
  const body = cipher.update(key);
  cipher.final();
  return Buffer.concat([nonce, body, cipher.getAuthTag()]);
}

/** Hands the key's bytes to `use` and wipes them afterwards. */
function unwrapBytes<T>(by: KeyObject, ids: Buffer, wrapped: Buffer, use: (key: Buffer) => T): T {
  if (wrapped.length !== NONCE + 32 + TAG) throw new CodedError('key_unavailable', { detail: 'wrapped key has a wrong length' });
  const decipher = createDecipheriv('aes-256-gcm', by, wrapped.subarray(0, NONCE), { authTagLength: TAG });
  decipher.setAAD(ids);
  decipher.setAuthTag(wrapped.subarray(NONCE + 32));
  const body = decipher.update(wrapped.subarray(NONCE, NONCE + 32));
  try {
    try {
      decipher.final();
    } catch {
      throw new CodedError('key_unavailable', { detail: 'wrapped key does not open' });
    }
    return use(body);
  } finally {
    body.fill(0);
  }
}

/** Wraps a 32-byte key: `nonce 12 ‖ AES-256-GCM 32 ‖ tag 16`, `ids` as associated data. Random nonces: a wrapping key wraps at most 65,536 keys. */
export function wrapKey(by: KeyObject, ids: Buffer, key: KeyObject, random: (n: number) => Buffer = randomBytes): Buffer {
  return wrapBytes(by, ids, key.export(), random);
}

/** `key_unavailable` where it was wrapped by another key, for other ids, or was changed. */
export function unwrapKey(by: KeyObject, ids: Buffer, wrapped: Buffer): KeyObject {
  return unwrapBytes(by, ids, wrapped, (key) => createSecretKey(key));
}

/** Wraps a key anew, under another wrapping key and for other ids; what comes back was opened and holds the same key. */
export function rewrapKey(
  from: { by: KeyObject; ids: Buffer; wrapped: Buffer },
  to: { by: KeyObject; ids: Buffer },
  random: (n: number) => Buffer = randomBytes,
): Buffer {
  return unwrapBytes(from.by, from.ids, from.wrapped, (key) => {
    const made = wrapBytes(to.by, to.ids, key, random);
    if (!unwrapBytes(to.by, to.ids, made, (again) => timingSafeEqual(again, key))) throw new CodedError('internal', { detail: 'a new wrap holds another key' });
    return made;
  });
}
