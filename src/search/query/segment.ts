import { isForgiven, runsOf } from '../analyse/index.js';
import type { Clause } from '../port.js';

const words = new Intl.Segmenter('zh', { granularity: 'word' });

/** Signs that carry no matter of their own; a piece made of nothing else is not looked for. */
const EMPTY = new Set('的了吗呢吧啊呀是在和与及或就都也还很太又再把被给对从到向我你您他她它们这那哪个么怎为'.split(''));

/** Longest solid run that is looked for as it stands; longer ones are cut into words, all of which must occur. */
const WHOLE = 3;

/** Words in a solid run: single signs beside each other belong together, particles are dropped. */
function piecesOf(run: string): string[] {
  if (Array.from(run).length <= WHOLE) return [run];
  const pieces: string[] = [];
  let singles = '';
  const close = (): void => {
    const signs = Array.from(singles);
    if (signs.length > 1 && signs.some((sign) => !EMPTY.has(sign))) pieces.push(singles);
    singles = '';
  };
  for (const { segment } of words.segment(run)) {
    const signs = Array.from(segment);
    if (signs.length === 1) singles += segment;
    else {
      close();
      if (signs.some((sign) => !EMPTY.has(sign))) pieces.push(segment);
    }
  }
  close();
  return pieces.length === 0 ? [run] : pieces;
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
