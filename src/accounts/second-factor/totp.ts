import { createHmac, timingSafeEqual } from 'node:crypto';

/** What authenticator apps expect: RFC 6238 with SHA-1, six digits, thirty seconds. */
export const TOTP = { digits: 6, period: 30, secretBytes: 20, drift: 1 } as const;

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 base 32 without padding, as apps show and take secrets. */
export function toBase32(bytes: Buffer): string {
  let bits = 0;
  let value = 0;
  let text = '';
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32[(value >>> (bits - 5)) & 31];
  }
  return bits === 0 ? text : text + BASE32[(value << (5 - bits)) & 31];
}

export function fromBase32(text: string): Buffer {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const sign of text.toUpperCase().replace(/[\s=]/g, '')) {
    const digit = BASE32.indexOf(sign);
    if (digit < 0) throw new RangeError('not base 32');
    value = ((value << 5) | digit) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((value >>> bits) & 0xff);
    }
  }
  return Buffer.from(bytes);
}

/** The code of one step, RFC 4226. */
export function codeOf(secret: Buffer, step: number, digits: number = TOTP.digits): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** digits).padStart(digits, '0');
}

export function stepAt(now: Date): number {
  return Math.floor(now.getTime() / 1000 / TOTP.period);
}

/**
 * The step a typed code belongs to: this one, the one before or the one after, for clocks that are a little off; never one
 * that is not after `last`, whose codes were used. `undefined` where none fits. All are looked at, whichever fits.
 */
export function matchingStep(secret: Buffer, typed: string, now: Date, last: number | null): number | undefined {
  if (!/^\d{6}$/.test(typed)) return undefined;
  const here = stepAt(now);
  let found: number | undefined;
  for (let step = here - TOTP.drift; step <= here + TOTP.drift; step++) {
    const same = timingSafeEqual(Buffer.from(codeOf(secret, step)), Buffer.from(typed));
    if (same && (last === null || step > last)) found ??= step;
  }
  return found;
}

/** What a QR code holds; an app reads issuer, account and secret from it. */
export function otpauthUri({ issuer, account, secret }: { issuer: string; account: string; secret: string }): string {
  const name = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`;
  return `otpauth://totp/${name}?secret=${secret}&issuer=${encodeURIComponent(issuer)}&algorithm=SHA1&digits=${TOTP.digits}&period=${TOTP.period}`;
}

/** The code that an app shows for a secret given as `otpauth:` address, so many steps before or after now. */
export function currentCode(uri: string, now: Date, shift = 0): string {
  return codeOf(fromBase32(new URL(uri).searchParams.get('secret') ?? ''), stepAt(now) + shift);
}
