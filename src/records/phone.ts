import { createHmac, type KeyObject } from 'node:crypto';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** A phone number in E.164 form, read as a mainland number where it has no country code; `undefined` where it is none. */
export function normalPhone(text: string): string | undefined {
  const narrow = text.normalize('NFKC').trim();
  if (narrow.length > 40 || !/^[+\d][\d\s()./-]{4,}(#\d+)?$/.test(narrow)) return undefined;
  const parsed = parsePhoneNumberFromString(narrow, 'CN');
  return parsed?.isPossible() ? parsed.number : undefined;
}

/** The keyed hash under which a phone number is found; the number itself never stands in the catalogue. */
export function phoneKey(secret: KeyObject, text: string): Buffer | undefined {
  const normal = normalPhone(text);
  return normal === undefined ? undefined : createHmac('sha256', secret).update(normal).digest();
}
