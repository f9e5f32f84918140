import { isBankCard, isResidentId } from './checks.js';
import { normalise } from './normal.js';

export const PERSONAL_DATA_KINDS = ['email', 'residentId', 'bankCard', 'phone', 'plate', 'address', 'name'] as const;
export type PersonalDataKind = (typeof PERSONAL_DATA_KINDS)[number];

/** Personal data in a text; `start` and `end` are UTF-16 positions in the original. */
export interface Finding {
  kind: PersonalDataKind;
  start: number;
  end: number;
  /** The finding in plain signs: ASCII digits, no invisible signs. */
  plain: string;
}

interface Finder {
  kind: PersonalDataKind;
  pattern: RegExp;
  /** Fewer digits than these and it cannot match: most texts hold few, and then most finders need not look. */
  least: number;
  /** Whether a match is one indeed. */
  is?: (match: string) => boolean;
}

/** One sign at most may part two digits of a grouped number. */
const S = '[ .·\\-]?';
const digitsOf = (text: string): string => text.replace(/[^\dXx]/g, '').toUpperCase();
const holdsDate = (text: string): boolean => /(?<!\d)(19|20)\d\d[-. ](0?[1-9]|1[0-2])[-. ]\d{1,2}/.test(text);

/** Digits for the words of digits, where a whole number is read out. */
const spoken = (text: string): string =>
  /[〇零○幺一二三四五六七八九]{11}/.test(text) ? text.replace(/[〇零○幺一二三四五六七八九]/g, (sign) => SPOKEN[sign] ?? sign) : text;
const SPOKEN: Readonly<Record<string, string>> = {
  〇: '0',
  零: '0',
  '○': '0',
  幺: '1',
  一: '1',
  二: '2',
  三: '3',
  四: '4',
  五: '5',
  六: '6',
  七: '7',
  八: '8',
  九: '9',
};

/** In order: what an earlier one takes, a later one does not see. */
const FINDERS: readonly Finder[] = [
  { kind: 'email', least: 0, pattern: /[\p{Script=Latin}\d._%+-]{1,64}@(?:[\p{Script=Latin}\d-]{1,63}\.)+\p{Script=Latin}{2,24}/gu },
  // written in one piece, or a card in its fours: two such numbers side by side are two
  { kind: 'residentId', least: 15, pattern: /(?<!\d)(?:\d{17}[\dXx]|\d{15})(?!\d)/g, is: (m) => isResidentId(digitsOf(m)) },
  { kind: 'bankCard', least: 13, pattern: /(?<!\d)\d{13,19}(?!\d)/g, is: isBankCard },
  { kind: 'bankCard', least: 16, pattern: /(?<!\d)\d{4}([ -])\d{4}(?:\1\d{4}){2}(?:\1\d{1,3})?(?!\d)/g, is: (m) => isBankCard(digitsOf(m)) },
  { kind: 'phone', least: 11, pattern: /(?<!\d)(?:(?:\+|00)?86[ -]?)?1[3-9]\d{9}(?!\d)/g },
  // taken apart in any other way
  { kind: 'residentId', least: 17, pattern: new RegExp(`(?<!\\d)\\d(?:${S}\\d){16}${S}[\\dXx](?!\\d)`, 'g'), is: (m) => isResidentId(digitsOf(m)) },
  { kind: 'residentId', least: 15, pattern: new RegExp(`(?<!\\d)\\d(?:${S}\\d){14}(?!${S}\\d)`, 'g'), is: (m) => isResidentId(digitsOf(m)) },
  { kind: 'bankCard', least: 13, pattern: new RegExp(`(?<!\\d)\\d(?:${S}\\d){12,18}(?!${S}\\d)`, 'g'), is: (m) => !holdsDate(m) && isBankCard(digitsOf(m)) },
  { kind: 'phone', least: 11, pattern: new RegExp(`(?<!\\d)(?:(?:\\+|00)?86${S})?1${S}[3-9]${S}\\d(?:${S}\\d){8}(?!\\d)`, 'g'), is: (m) => !holdsDate(m) },
  {
    kind: 'phone',
    least: 10,
    pattern: /(?<!\d)(?:(?:\+|00)86[ -]?)?\(?0(?:10|2\d|[3-9]\d\d)\)?[ -]{0,2}[2-8]\d{2,3}[ -]?\d{4}(?:(?:转|[ -]|ext\.? ?|x)\d{1,5})?(?!\d)/gi,
  },
  { kind: 'phone', least: 7, pattern: /(?<!\d)\+[1-9]\d{0,3}(?:[ .()-]{0,2}\d){6,13}(?!\d)/g },
  { kind: 'phone', least: 11, pattern: /(?<!\d)00[1-9](?:[ -]?\d){8,13}(?!\d)/g },
  { kind: 'phone', least: 10, pattern: /(?<![\d-])(?:1[ .-])?\(?[2-9]\d{2}\)?[ .-]{1,2}\d{3}[ .-]\d{4}(?!\d)/g, is: (m) => !/^\D*[48]00/.test(m) },
  // a number that is read out
  { kind: 'phone', least: 0, pattern: /(?<![〇零○幺一二三四五六七八九])[幺一][三四五六七八九][〇零○幺一二三四五六七八九]{9}(?![〇零○幺一二三四五六七八九])/g },
  { kind: 'residentId', least: 0, pattern: /[〇零○幺一二三四五六七八九]{17}[〇零○幺一二三四五六七八九Xx]/g, is: (m) => isResidentId(spoken(m).toUpperCase()) },
  // a short number is one only where the words before it say so
  {
    kind: 'phone',
    least: 7,
    pattern: /(?<=(?:电话|座机|手机|号码|致电|回拨|拨打|tel|phone|mobile|call)[^\d\n]{0,6})(?![48]00[ -]?\d{3}[ -]?\d{4})\d{3,4}[ -]?\d{4}(?!\d)/gi,
  },
  {
    kind: 'plate',
    least: 1,
    pattern:
      /[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Za-z][·. ]?(?=[A-Za-z]*\d)[A-HJ-NP-Za-hj-np-z0-9]{4,5}[A-HJ-NP-Za-hj-np-z0-9挂学警港澳](?![A-Za-z0-9])/g,
  },
  // a door: at least two of house, building, entrance, floor, room, one after the other
  { kind: 'address', least: 2, pattern: /(?:\d{1,5}[ -]?(?:号楼|号院|号|弄|幢|栋|座|单元|层|楼|室)[ ,]?){2,}(?:\d{1,5}(?!\d))?/g },
];

/** Stands in the place of what an earlier finder took. */
const TAKEN = '\u0001';

/** Finds phone numbers, resident IDs, bank cards, e-mail addresses, plates and doors in free text, in order of place. */
export function findPersonalData(original: string): Finding[] {
  if (!/[\p{Nd}@]|[〇零○幺一二三四五六七八九]{11}/u.test(original)) return [];
  const normal = normalise(original);
  const found: Finding[] = [];
  let rest = normal.text;
  const digits = rest.replace(/\D+/g, '').length;
  for (const { kind, pattern, least, is } of FINDERS) {
    if (digits < least || (kind === 'email' && !rest.includes('@'))) continue;
    const pieces: string[] = [];
    let at = 0;
    for (const match of rest.matchAll(pattern)) {
      const text = match[0].trimEnd();
      if (is && !is(text)) continue;
      const end = match.index + text.length;
      found.push({ kind, plain: spoken(text), start: normal.from[match.index] ?? 0, end: normal.to[end - 1] ?? original.length });
      pieces.push(rest.slice(at, match.index), TAKEN.repeat(text.length));
      at = end;
    }
    if (at > 0) rest = pieces.join('') + rest.slice(at);
  }
  return found.sort((a, b) => a.start - b.start);
}
