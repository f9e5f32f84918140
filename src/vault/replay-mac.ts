import { createCipheriv, createHmac, createSecretKey, type KeyObject } from 'node:crypto';

const NO_SALT = createSecretKey(Buffer.alloc(64));
/** What a subkey is for, and the number of the block. One for each code: no key serves two. */
const FOR_GMAC = Buffer.from('lantai/replay/v2\0\u0001', 'latin1');
const FOR_HMAC = Buffer.from('lantai/replay/v1\0\u0001', 'latin1');
/** Bytes of the code of objects taken in before there was GMAC: HMAC-SHA-256. They keep it. */
const HMAC_BYTES = 32;
/** One key makes one code that is kept, so that the nonce need not differ. */
const NONCE = Buffer.alloc(12);

/** Takes plaintext in pieces, cut anywhere, and gives its code once. */
export interface ReplayMac {
  update(bytes: Buffer): unknown;
  digest(): Buffer;
}

/** Subkey of older objects: HKDF (RFC 5869) with SHA-512 and no salt, one block long. */
function olderSubkey(key: KeyObject): KeyObject {
  const raw = key.export();
  const extracted = createSecretKey(createHmac('sha512', NO_SALT).update(raw).digest());
  raw.fill(0);
  return createSecretKey(createHmac('sha512', extracted).update(FOR_HMAC).digest().subarray(0, 32));
}

/** Subkey: one block of HKDF-Expand (RFC 5869) with SHA-512; a content key is random, and needs no extraction. */
function subkey(key: KeyObject): KeyObject {
  return createSecretKey(createHmac('sha512', key).update(FOR_GMAC).digest().subarray(0, 32));
}

/**
 * The code that tells a replay from a change, under a subkey of the object's content key: AES-256-GMAC (NIST SP 800-38D), 16 bytes. It is
 * kept beside the object and compared, never given out; codes of what was sent again are made, compared and dropped. It costs a tenth of an HMAC.
 * @param kept the code to compare with; it says by its length how it was made
 */
export function replayMac(key: KeyObject, kept?: Buffer): ReplayMac {
  if (kept?.length === HMAC_BYTES) return createHmac('sha256', olderSubkey(key));
  const cipher = createCipheriv('aes-256-gcm', subkey(key), NONCE);
  return {
    update: (bytes) => cipher.setAAD(bytes),
    digest() {
      cipher.final();
      return cipher.getAuthTag();
    },
  };
}
