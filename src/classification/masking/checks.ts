const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2] as const;
const CHECK = '10X98765432';
/** First two digits of a resident ID: the province-level codes. */
const PROVINCE = /^(1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91)/;

function isBirthday(y: number, m: number, d: number): boolean {
  const date = new Date(Date.UTC(y, m - 1, d));
  return y >= 1850 && y < 2100 && date.getUTCFullYear() === y && date.getUTCMonth() === m - 1 && date.getUTCDate() === d;
}

/** Check digit of an 18-digit resident ID (ISO 7064 MOD 11-2) for its first 17 digits. */
export function residentCheck(first17: string): string {
  let sum = 0;
  for (const [i, weight] of WEIGHTS.entries()) sum += weight * Number(first17[i]);
  return CHECK[sum % 11] ?? '';
}

/**
 * Whether 15 or 18 digits are a resident ID. A wrong check digit beside a believable place and birthday counts too:
 * a mistyped number still points at a person.
 */
export function isResidentId(digits: string): boolean {
  if (/^\d{17}[\dX]$/.test(digits)) {
    const day = isBirthday(Number(digits.slice(6, 10)), Number(digits.slice(10, 12)), Number(digits.slice(12, 14)));
    return day && (PROVINCE.test(digits) || residentCheck(digits.slice(0, 17)) === digits[17]);
  }
  if (!/^\d{15}$/.test(digits) || !PROVINCE.test(digits)) return false;
  return isBirthday(1900 + Number(digits.slice(6, 8)), Number(digits.slice(8, 10)), Number(digits.slice(10, 12)));
}

/** The check that payment cards carry. */
export function isLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return digits.length > 0 && sum % 10 === 0;
}

/** 13 to 19 digits that pass the check and do not all repeat. */
export function isBankCard(digits: string): boolean {
  return /^[2-69]\d{12,18}$/.test(digits) && !/^(\d)\1+$/.test(digits) && isLuhn(digits);
}
