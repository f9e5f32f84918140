import { Converter } from 'opencc-js/t2cn';

const HAN = /\p{Script=Han}/u;
const IGNORED = /\p{Default_Ignorable_Code_Point}|\p{Cf}|\p{Cc}/u;
const MARK = /\p{M}/gu;

/** Traditional signs whose simplified form is another one. Filled as texts come by; Unicode has under 100,000 Han signs. */
const simplified = new Map<string, string>();
const convert = Converter({ from: 't', to: 'cn' }) as (text: string) => string;

function simple(sign: string): string {
  const known = simplified.get(sign);
  if (known !== undefined) return known;
  const converted = convert(sign);
  // a single sign stays a single sign, so that places in the folded text lead back to the original
  const one = Array.from(converted).length === 1 ? converted : sign;
  simplified.set(sign, one);
  return one;
}

const folded = new Map<string, string>();

/** One sign as it is compared: compatibility forms and width folded (NFKC), lower case, Latin accents dropped, simplified. */
export function foldSign(sign: string): string {
  const code = sign.charCodeAt(0);
  if (code < 0x80) return code >= 65 && code <= 90 ? String.fromCharCode(code + 32) : code < 32 || code === 127 ? ' ' : sign;
  let known = folded.get(sign);
  if (known === undefined) {
    known = foldOther(sign);
    if (folded.size < 200_000) folded.set(sign, known);
  }
  return known;
}

function foldOther(sign: string): string {
  if (HAN.test(sign)) return simple(sign.normalize('NFKC'));
  if (IGNORED.test(sign)) return '';
  const compatible = sign.normalize('NFKC').toLowerCase();
  const bare = /\p{Script=Latin}/u.test(compatible) ? compatible.normalize('NFKD').replace(MARK, '') : compatible;
  return Array.from(bare, (one) => (HAN.test(one) ? simple(one) : one)).join('');
}

/** A text as it is compared. Two texts that a searcher would call the same fold to the same. */
export function fold(original: string): string {
  let text = '';
  for (const sign of original) text += foldSign(sign);
  return text;
}

/** A folded text with the way back: for every UTF-16 unit the place in the original where its sign starts; one more for the end. */
export function foldWithPlaces(original: string): { text: string; from: number[] } {
  let text = '';
  const from: number[] = [];
  let at = 0;
  for (const sign of original) {
    const next = foldSign(sign);
    for (let i = 0; i < next.length; i++) from.push(at);
    text += next;
    at += sign.length;
  }
  from.push(at);
  return { text, from };
}
