import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { CodedError } from '../errors/index.js';
import { expand, SALT, TAG } from './cobblestone.js';

const FORM = 1;
const LABEL = Buffer.from('lantai/field/v1\0', 'latin1');

/** Key and nonce of one field. A salt of 24 bytes lets one secret seal any number of fields: random nonces alone wear out at 2³². */
function fieldKey(key: KeyObject, salt: Buffer): { key: KeyObject; nonce: Buffer } {
  const made = expand(key, Buffer.concat([LABEL, salt]), 44);
  return { key: createSecretKey(made.subarray(0, 32)), nonce: made.subarray(32) };
}

/**
 * Seals a short text that stands in the catalogue: `01 ‖ salt 24 ‖ AES-256-GCM ‖ tag 16`.
 * @param context what it is and where it stands, `side:<entry id>`; the same must be said to open it
 */
export function sealField(key: KeyObject, context: string, text: string, random: (n: number) => Buffer = randomBytes): Buffer {
  const salt = random(SALT);
  const made = fieldKey(key, salt);
  const cipher = createCipheriv('aes-256-gcm', made.key, made.nonce);
  cipher.setAAD(Buffer.from(context));
  const body = cipher.update(text, 'utf8');
  cipher.final();
  return Buffer.concat([Buffer.of(FORM), salt, body, cipher.getAuthTag()]);
}

/** The text of a sealed field; `content_damaged` where it was changed, or sealed for another place. */
export function openField(key: KeyObject, context: string, sealed: Buffer): string {
  if (sealed.length < 1 + SALT + TAG || sealed[0] !== FORM) throw new CodedError('content_damaged', { detail: 'sealed field' });
  const made = fieldKey(key, sealed.subarray(1, 1 + SALT));
  const decipher = createDecipheriv('aes-256-gcm', made.key, made.nonce, { authTagLength: TAG });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
  const body = decipher.update(sealed.subarray(1 + SALT, sealed.length - TAG));
  try {
    decipher.final();
  } catch {
    throw new CodedError('content_damaged', { detail: 'sealed field' });
  }
  return body.toString('utf8');
}
