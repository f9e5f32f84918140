import { isForgiven, runsOf } from '../analyse/index.js';
import type { Clause } from '../port.js';

const words = new Intl.Segmenter('zh', { granularity: 'word' });

/** Signs that carry no matter of their own: a piece made of nothing else is not looked for, and they are dropped at a piece's edges. */
const EMPTY = new Set('的了吗呢吧啊呀是在和与及或就都也还很太又再把被给对从到向我你您他她它们这那哪个么怎为有能想要去请问吃找看可'.split(''));

/** Ways of asking, which no record needs to repeat. */
const ASKING =
  /请问|有没有|怎么办|怎么样|怎么|什么|哪一?家|哪个|哪里|哪儿|多少|几点|可不可以|可以|能不能|能否|是否|是不是|我想(?:要(?!求))?|我要(?!求)|想要(?!求)|帮我|一下|告诉我|推荐/gu;

/** Longest solid run that is looked for as it stands; longer ones are cut into words, all of which must occur. */
const WHOLE = 3;

/** Without empty signs at its edges: what is left still occurs wherever the whole did. */
function bare(piece: string): string {
  const signs = Array.from(piece);
  while (signs.length > 0 && EMPTY.has(signs[0] ?? '')) signs.shift();
  while (signs.length > 0 && EMPTY.has(signs.at(-1) ?? '')) signs.pop();
  return signs.join('');
}

/** Words in a solid run: lone signs beside each other belong together; one by itself says too little to be demanded. */
function piecesOf(run: string): string[] {
  if (Array.from(run).length <= WHOLE) return [run];
  const pieces: string[] = [];
  let lone = '';
  const close = (): void => {
    const left = bare(lone);
    if (Array.from(left).length > 1) pieces.push(left);
    lone = '';
  };
  for (const part of run.split(ASKING)) {
    for (const { segment } of words.segment(part)) {
      const left = Array.from(segment).length === 2 && !isEmpty(segment) ? segmentOfTwo(segment) : bare(segment);
      if (Array.from(left).length > 1) {
        close();
        pieces.push(left);
      } else if (left === '') close();
      else lone += left;
    }
    close();
  }
  return pieces.length === 0 ? [run] : pieces;
}

const isEmpty = (segment: string): boolean => Array.from(segment).every((sign) => EMPTY.has(sign));

/** A word of two signs stays a word (要求), but for one that the cutting made of a small word and the next one's beginning (能看|护). */
function segmentOfTwo(segment: string): string {
  return /^[我你您他她哪能想吃]/u.test(segment) ? bare(segment) : segment;
}

/** Small words that a question is made of; dropped where anything else is asked for. */
const SMALL = new Set(
  `a an the of in on at to for from by with and or is are was were be been am i me my we our us you your he she his her it its they them their this that these those
  do does did how what when where which who why can could would should will shall may might please there if as so about get need want have has had`.split(
    /\s+/,
  ),
);

/** Whether a clause asks for a small word only. */
export function isSmall(clause: Clause): boolean {
  return clause.phrases.length === 1 && SMALL.has(clause.phrases[0] ?? '');
}

/** What one unquoted term asks for: words one by one, Chinese cut into words, `wi-fi` as it reads. `text` is folded. */
export function clausesOfTerm(text: string): Clause[] {
  const runs = runsOf(text);
  if (runs.length > 1 && runs.every((run) => !run.solid)) return [{ phrases: [runs.map((run) => run.text).join(' ')], forgiving: false }];
  return runs.flatMap((run) =>
    run.solid ? piecesOf(run.text).map((piece) => ({ phrases: [piece], forgiving: false })) : [{ phrases: [run.text], forgiving: isForgiven(run.text) }],
  );
}

/** A quoted or excluded term: exactly so, or nothing where it holds no token. */
export function exactClause(text: string): Clause[] {
  return runsOf(text).length === 0 ? [] : [{ phrases: [text.trim().replace(/\s+/g, ' ')], forgiving: false }];
}
