import { FIRST, type Judged } from './queries.js';

/** What an engine answered to a judged query: service numbers, best first. */
export interface Answered {
  judged: Judged;
  found: readonly string[];
}

export interface Figures {
  queries: number;
  /** Share of the right records among the first ten. */
  recall: number;
  /** Share of right records in what stands among the first ten; 1 where nothing is shown. */
  precision: number;
  /** One by the place of the first right record, 0 where none is among the first ten. */
  reciprocal: number;
}

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / Math.max(numbers.length, 1);

export function recallOf({ judged, found }: Answered): number {
  const first = new Set(found.slice(0, FIRST));
  return judged.right.filter((one) => first.has(one)).length / judged.right.length;
}

export function figuresOf(answers: readonly Answered[]): Figures {
  const rightOf = ({ judged, found }: Answered): boolean[] => found.slice(0, FIRST).map((one) => judged.right.includes(one));
  return {
    queries: answers.length,
    recall: mean(answers.map(recallOf)),
    precision: mean(answers.map(rightOf).map((right) => (right.length === 0 ? 1 : mean(right.map(Number))))),
    reciprocal: mean(answers.map(rightOf).map((right) => (right.includes(true) ? 1 / (right.indexOf(true) + 1) : 0))),
  };
}

const row = (name: string, { queries, recall, precision, reciprocal }: Figures): string =>
  `${name.padEnd(14)} ${String(queries).padStart(4)}  recall@10 ${recall.toFixed(3)}  precision@10 ${precision.toFixed(3)}  MRR ${reciprocal.toFixed(3)}`;

/** The figures as lines: of all queries, by language, by kind; and each query whose right records are not all among the first ten. */
export function report(engine: string, answers: readonly Answered[]): string[] {
  const groups = new Map<string, Answered[]>();
  for (const one of answers) for (const name of [one.judged.lang, one.judged.kind]) groups.set(name, [...(groups.get(name) ?? []), one]);
  return [
    row(engine, figuresOf(answers)),
    ...[...groups].sort(([a], [b]) => a.localeCompare(b)).map(([name, some]) => row(`  ${name}`, figuresOf(some))),
    ...answers
      .filter((one) => recallOf(one) < 1)
      .map((one) => `  not all of ${one.judged.q}: ${one.judged.right.filter((no) => !one.found.slice(0, FIRST).includes(no)).join(' ')}`),
  ];
}
