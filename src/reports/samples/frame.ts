import { createHash } from 'node:crypto';
import { streamFrame, type FrameQuestion } from '../../audit/index.js';
import type { Db } from '../../db/index.js';
import type { DrawnItem } from './store.js';

export interface Frame {
  count: number;
  /** `sha256:…` over a line for each entry, as {@link draw} says. */
  digest: string;
  /** The entries at the positions that were asked for. */
  picked: DrawnItem[];
}

/** Walks over the frame once: counts it, digests it, and picks the given positions (ascending). Nothing is held but these. */
export async function walkFrame(db: Db, question: FrameQuestion, positions: readonly number[] = []): Promise<Frame> {
  const hash = createHash('sha256');
  const picked: DrawnItem[] = [];
  let count = 0;
  for await (const rows of streamFrame(db, question)) {
    for (const { log, sequence, leaf, id, actor } of rows) {
      hash.update(`${log}/${sequence} ${leaf.toString('hex')}\n`);
      if (positions[picked.length] === count) picked.push({ position: count, entry: id, log, sequence, actor });
      count++;
    }
  }
  return { count, digest: `sha256:${hash.digest('hex')}`, picked };
}
