import type { Queryable } from '../../db/index.js';
import type { LogEnd } from './batch.js';
import { refused, type Signed, type Signer } from './signer.js';
import { anyHead, insertHead, loadEdge, selectEnds, selectLeaves, type StoredEnd } from './store.js';
import type { Hash } from './tree.js';

/** Leaves read at once while signing what a crash left unsigned. */
const STEP = 10_000;

export interface Recovered {
  end: LogEnd | null;
  head: Signed | null;
}

async function signUp(db: Queryable, signer: Signer, origin: string, end: StoredEnd, from: bigint, epoch: bigint): Promise<Signed> {
  for (let start = from; ;) {
    const wanted = end.size - start < BigInt(STEP) ? Number(end.size - start) : STEP;
    const leaves: Hash[] = wanted === 0 ? [] : await selectLeaves(db, end.log, start, wanted);
    if (leaves.length !== wanted) throw refused('the log has a gap');
    const signed = await signer.sign({ log: end.log, origin, from: start, leaves, epoch });
    if (signed.size === end.size) return signed;
    start = signed.size;
  }
}

/**
 * Brings stored log and signer together after a start: entries that were committed but not signed are signed now.
 * Refuses a log that is shorter than, or differs from, what was signed: it was rolled back or changed.
 */
export async function recover(db: Queryable, signer: Signer, originOf: (log: string) => string, epoch: bigint, at: Date): Promise<Recovered> {
  const last = await signer.last();
  const ends = await selectEnds(db, last?.log ?? null);
  if (last === null && (await anyHead(db))) throw refused('its memory is missing, yet the log was signed before');
  if (last !== null && (ends[0]?.log !== last.log || ends[0].size < last.size)) throw refused('the log is behind what was signed');
  let recovered: Recovered = { end: null, head: null };
  for (const end of ends) {
    const from = end.log === last?.log ? last.size : 0n;
    const edge = await loadEdge(db, end.log, end.size);
    const head = await signUp(db, signer, originOf(end.log), end, from, epoch);
    if (!head.root.equals(edge.root())) throw refused('the stored log differs from what was signed');
    const lastT = end.lastT.toISOString();
    await insertHead(db, head, lastT, at, epoch);
    recovered = { end: { log: end.log, edge, lastT }, head };
  }
  return recovered;
}
