import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';
import { CodedError } from '../errors/index.js';

/**
 * Cobblestone-256 of C2SP chunked-encryption: HKDF-Expand-SHA-512, AES-256-GCM, 16 KiB chunks.
 * A message is `salt 24 ‖ commitment 32 ‖ chunks`; chunk k begins at `56 + k · 16400`; the last one is shorter than 16 KiB.
 */
export const SUITE = 'cobblestone-256';
export const CHUNK = 16_384;
export const TAG = 16;
export const SEALED_CHUNK = CHUNK + TAG;
export const SALT = 24;
export const HEADER = SALT + 32;
const MOST_CHUNKS = 2 ** 38;
const LABEL = Buffer.from('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0', 'latin1');

/** HKDF-Expand (RFC 5869) with SHA-512 for up to 128 bytes. */
export function expand(key: KeyObject, info: Buffer, length: number): Buffer {
  const first = createHmac('sha512', key).update(info).update(Buffer.of(1)).digest();
  if (length <= 64) return first.subarray(0, length);
  const second = createHmac('sha512', key).update(first).update(info).update(Buffer.of(2)).digest();
  return Buffer.concat([first, second]).subarray(0, length);
}

/** What one message is sealed with; derived from the content key, its salt and its context. */
export interface MessageKey {
  key: Buffer;
  nonce: Buffer;
  commitment: Buffer;
}

export function messageKey(key: KeyObject, salt: Buffer, context: Buffer): MessageKey {
  if (key.symmetricKeySize !== 32) throw new Error('a content key has 32 bytes');
  if (salt.length !== SALT) throw new Error('a salt has 24 bytes');
  const made = expand(key, Buffer.concat([LABEL, salt, context]), 76);
  return { key: made.subarray(0, 32), nonce: made.subarray(32, 44), commitment: made.subarray(44, 76) };
}

/** The message key of a sealed header; `content_damaged` unless its commitment is the one this key and context give. */
export function openHeader(key: KeyObject, context: Buffer, header: Buffer): MessageKey {
  if (header.length !== HEADER) throw damaged('header cut');
  const made = messageKey(key, header.subarray(0, SALT), context);
  if (!timingSafeEqual(made.commitment, header.subarray(SALT))) throw damaged('commitment differs');
  return made;
}

/** Nonce of chunk `index`: the base nonce with the index, big-endian, XORed into its end. Written into `nonce`, which may be used again. */
export function chunkNonce(base: Buffer, index: number, nonce: Buffer = Buffer.allocUnsafe(12)): Buffer {
  if (index >= MOST_CHUNKS) throw new CodedError('too_large');
  base.copy(nonce);
  nonce.writeUInt32BE((base.readUInt32BE(8) ^ (index % 2 ** 32)) >>> 0, 8);
  nonce[7] = (base[7] ?? 0) ^ Math.floor(index / 2 ** 32);
  return nonce;
}

/** Bytes that `plain` bytes take when sealed. */
export function sealedSize(plain: number): number {
  return HEADER + plain + TAG * (Math.floor(plain / CHUNK) + 1);
}

/** Bytes inside `sealed` bytes; `content_damaged` where no message has that length. */
export function plainSize(sealed: number): number {
  const body = sealed - HEADER;
  const last = body % SEALED_CHUNK;
  if (!Number.isSafeInteger(sealed) || body < TAG || last < TAG) throw damaged('no message has this length');
  return Math.floor(body / SEALED_CHUNK) * CHUNK + last - TAG;
}

export function damaged(detail: string): CodedError {
  return new CodedError('content_damaged', { detail });
}
