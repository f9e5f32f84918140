import type { KeyObject } from 'node:crypto';
import { openCheckpoint } from '../log/note.js';
import { verifyConsistency, verifyInclusion } from '../log/proofs.js';
import { leafHash } from '../log/tree.js';

/** Most hashes of a proof: a log of 2^63 entries. */
const MOST = 63;

/**
 * Checks a proof (C2SP tlog-proof) that these bytes are an entry of the log of this origin (pure).
 * @returns its place and the size of the log then; `undefined` where anything does not fit
 */
export function checkProof(text: string, entry: string | Buffer, origin: string, publicKey: KeyObject): { sequence: bigint; size: bigint } | undefined {
  const cut = text.indexOf('\n\n');
  const [form, ...lines] = text.slice(0, Math.max(0, cut)).split('\n');
  if (lines[0]?.startsWith('extra ')) lines.shift(); // says nothing of the proof
  const index = /^index (0|[1-9]\d{0,18})$/.exec(lines.shift() ?? '')?.[1];
  if (form !== 'c2sp.org/tlog-proof@v1' || index === undefined || lines.length > MOST) return undefined;
  if (!lines.every((line) => /^[A-Za-z0-9+/]{43}=$/.test(line))) return undefined;
  const checkpoint = openCheckpoint(text.slice(cut + 2), publicKey);
  if (checkpoint?.origin !== origin) return undefined;
  const hashes = lines.map((line) => Buffer.from(line, 'base64'));
  const { size, root } = checkpoint;
  return verifyInclusion(leafHash(entry), BigInt(index), size, hashes, root) ? { sequence: BigInt(index), size } : undefined;
}

/**
 * Checks that the later of two checkpoints goes on from the earlier, by the body of a C2SP tlog-witness request (pure).
 * @returns whether the hashes lead from one to the other, and the body ends with the later note
 */
export function checkConsistency(text: string, from: { size: bigint; root: Buffer }, to: { size: bigint; root: Buffer; note: string }): boolean {
  const cut = text.indexOf('\n\n');
  const [old, ...lines] = text.slice(0, Math.max(0, cut)).split('\n');
  if (old !== `old ${from.size}` || lines.length > MOST || text.slice(cut + 2) !== to.note) return false;
  if (!lines.every((line) => /^[A-Za-z0-9+/]{43}=$/.test(line))) return false;
  return verifyConsistency(
    from.size,
    to.size,
    from.root,
    to.root,
    lines.map((line) => Buffer.from(line, 'base64')),
  );
}
