import { createCipheriv, createHmac, createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { replayMac } from '../../src/vault/replay-mac.js';

const key = createSecretKey(randomBytes(32));
const codeOf = (pieces: readonly Buffer[], kept?: Buffer): Buffer => {
  const mac = replayMac(key, kept);
  for (const piece of pieces) mac.update(piece);
  return mac.digest();
};

test('R9: the code of a content does not depend on how its bytes come, and another content has another', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat(200), { maxLength: 5 }), fc.nat(200), (bytes, cuts, changed) => {
      const plain = Buffer.from(bytes);
      const at = [0, ...cuts.map((cut) => Math.min(cut, plain.length)).sort((a, b) => a - b), plain.length];
      const whole = codeOf([plain]);
      t.deepEqual(codeOf(at.slice(1).map((end, i) => plain.subarray(at[i], end))), whole);
      const other = Buffer.concat([plain, Buffer.of(0)]);
      t.notDeepEqual(codeOf([other]), whole);
      if (plain.length === 0) return;
      const flipped = Buffer.from(plain);
      flipped[changed % plain.length] = (flipped[changed % plain.length] ?? 0) ^ 1;
      t.notDeepEqual(codeOf([flipped]), whole);
    }),
  );
});

test('R9: the code is AES-256-GMAC under a subkey of its own, and that of older objects stays HMAC-SHA-256', (t) => {
  const plain = randomBytes(100_000);
  const cipher = createCipheriv(
    'aes-256-gcm',
    createHmac('sha512', key).update('lantai/replay/v2\0\u0001', 'latin1').digest().subarray(0, 32),
    Buffer.alloc(12),
  );
  cipher.setAAD(plain);
  cipher.final();
  t.deepEqual(codeOf([plain.subarray(0, 7), plain.subarray(7)]), cipher.getAuthTag());
  const older = createHmac('sha256', Buffer.from(hkdfSync('sha512', key.export(), '', 'lantai/replay/v1\0', 32)))
    .update(plain)
    .digest();
  t.deepEqual(codeOf([plain.subarray(0, 7), plain.subarray(7)], older), older);
  t.not(codeOf([plain.subarray(1)], older).equals(older), true);
});
