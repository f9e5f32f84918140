/** Text as the finders see it, with the way back to the original. */
export interface Normal {
  text: string;
  /** For every UTF-16 unit of `text` the start of its original; one more entry for the end. */
  from: number[];
  /** For every unit of `text` the end of its original. */
  to: number[];
}

/** Invisible signs that may stand between digits and would hide a number from a finder. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}|\p{Cf}/u;
const DIGIT = /\p{Nd}/u;
const DASH = /\p{Pd}|\u2212|\u30FC/u;
const SPACE = /[\t\p{Zs}]/u;

/** Decimal value of a digit of any script: Unicode lays each script's digits out as an unbroken run of ten. */
function digitOf(sign: string): string {
  const point = sign.codePointAt(0) ?? 0;
  if (point >= 0x1d7ce && point <= 0x1d7ff) return String((point - 0x1d7ce) % 10); // five mathematical runs in a row
  let zero = point;
  while (point - zero < 9 && DIGIT.test(String.fromCodePoint(zero - 1))) zero--;
  return String(point - zero);
}

function plain(sign: string): string {
  const point = sign.codePointAt(0) ?? 0;
  if (point < 0x80) return sign === '\t' ? ' ' : sign;
  if (point >= 0x4e00 && point <= 0x9fff) return sign; // most of a Chinese text
  if (INVISIBLE.test(sign)) return '';
  if (DIGIT.test(sign)) return digitOf(sign);
  if (DASH.test(sign)) return '-';
  if (SPACE.test(sign)) return ' ';
  if (point >= 0xff01 && point <= 0xff5e) return String.fromCodePoint(point - 0xfee0); // full-width forms
  return sign;
}

/** Folds full-width and foreign digits, dashes and blanks to ASCII and leaves invisible signs out. */
export function normalise(original: string): Normal {
  let text = '';
  const from: number[] = [];
  const to: number[] = [];
  let at = 0;
  for (const sign of original) {
    const next = plain(sign);
    for (let i = 0; i < next.length; i++) {
      from.push(at);
      to.push(at + sign.length);
    }
    text += next;
    at += sign.length;
  }
  from.push(at);
  return { text, from, to };
}
