import { z } from 'zod';
import { Edge } from '../log/tiles.js';
import { FAULTS, type Fault, type LogBreak, type StoredHead } from './checker.js';
import type { VerifiedGone } from './gone.js';

/** How far a checker has come: everything that it needs to go on with the next entry. It stands under a signed head. */
export interface CheckerState {
  log: string;
  edge: Edge;
  lastT: string;
  lastHead: StoredHead | null;
  gap: boolean;
  memoryMet: boolean;
  count: number;
  heads: number;
  breaks: readonly LogBreak[];
  faults: readonly Fault[];
}

/** How far a verification of the whole log has come. */
export interface VerifyState {
  checker: CheckerState;
  tiles: number;
  erased: number;
  lost: number;
  gone: readonly VerifiedGone[];
}

const base64 = z.string();
const form = z.strictObject({
  log: z.string(),
  size: z.string(),
  open: z.array(z.array(base64)),
  lastT: z.string(),
  lastHead: z.strictObject({ size: z.string(), root: base64, note: z.string() }).nullable(),
  gap: z.boolean(),
  memoryMet: z.boolean(),
  count: z.int(),
  heads: z.int(),
  breaks: z.array(z.strictObject({ log: z.string(), closed: z.string(), size: z.string(), lost: z.string() })),
  faults: z.array(z.strictObject({ kind: z.enum(FAULTS), log: z.string(), sequence: z.string().nullable() })),
  tiles: z.int(),
  erased: z.int(),
  lost: z.int(),
  gone: z.array(z.strictObject({ log: z.string(), size: z.string(), at: z.string(), procedure: z.string() })),
});
/** Levels of tiles that an edge has. */
const LEVELS = 8;

/** As text (pure). */
export function stateText({ checker, ...rest }: VerifyState): string {
  const { edge, lastHead, faults, ...plain } = checker;
  const text: z.infer<typeof form> = {
    ...plain,
    ...rest,
    breaks: [...checker.breaks],
    gone: [...rest.gone],
    size: String(edge.size),
    open: Array.from({ length: LEVELS }, (_, level) => edge.openAt(level).map((hash) => hash.toString('base64'))),
    lastHead: lastHead && { size: String(lastHead.size), root: lastHead.root.toString('base64'), note: lastHead.note },
    faults: faults.map(({ kind, log, sequence }) => ({ kind, log, sequence: sequence === null ? null : String(sequence) })),
  };
  return JSON.stringify(text);
}

/** Of such a text (pure). @throws where it is none */
export function stateOf(text: string): VerifyState {
  const { size, open, lastHead, faults, tiles, erased, lost, gone, ...plain } = form.parse(JSON.parse(text));
  const hash = (one: string): Buffer => Buffer.from(one, 'base64');
  return {
    checker: {
      ...plain,
      edge: new Edge(
        BigInt(size),
        open.map((hashes) => hashes.map(hash)),
      ),
      lastHead: lastHead && { size: BigInt(lastHead.size), root: hash(lastHead.root), note: lastHead.note },
      faults: faults.map((one) => ({ ...one, sequence: one.sequence === null ? null : BigInt(one.sequence) })),
    },
    tiles,
    erased,
    lost,
    gone,
  };
}
