import { inclusionProof } from '../log/proofs.js';
import type { Hash } from '../log/tree.js';
import { CodedError } from '../../errors/index.js';
import { assertNotGone } from '../term/gone.js';
import { enter, type LogReaderDeps } from '../search/deps.js';
import type { Actor } from '../types.js';
import { storedHashes } from './reader.js';
import { selectHeadOf, selectLeaf } from './store.js';

/** That an entry stands in the signed log at its place: everything that is needed to check it elsewhere. */
export interface EntryProof {
  log: string;
  sequence: bigint;
  /** The entry as it was hashed. */
  canonical: string;
  leaf: Hash;
  /** The signed head under which it is shown. */
  size: bigint;
  root: Hash;
  note: string;
  /** From the leaf up: the hash beside it, and on which side that stands. */
  path: { hash: Hash; side: 'left' | 'right' }[];
}

/** Shows the proof of an entry under the newest head of its log. Looking is on record. @throws `not_found`, `entries_gone` */
export async function proveEntry(deps: LogReaderDeps, actor: Actor, place: { log: string; sequence: bigint }): Promise<EntryProof> {
  const { log, sequence } = place;
  await enter(deps, actor, 'audit.search', { act: 'log.proof', subject: { kind: 'log', id: `${log}-${sequence}` } });
  const [head, entry] = await Promise.all([selectHeadOf(deps.db, log), selectLeaf(deps.db, log, sequence)]);
  if (head && sequence < head.size) await assertNotGone(deps.db, log);
  if (!head || !entry || sequence >= head.size) throw new CodedError('not_found');
  const hashes = await inclusionProof(storedHashes(deps.db, log, head.size, sequence), sequence, head.size);
  return { log, sequence, canonical: entry.entry, leaf: entry.leaf, ...head, path: sidesOf(sequence, head.size, hashes) };
}

/** On which side of the path each hash of an inclusion proof stands (RFC 9162 §2.1.3.2; pure). */
export function sidesOf(index: bigint, size: bigint, hashes: readonly Hash[]): EntryProof['path'] {
  let place = index;
  let last = size - 1n;
  return hashes.map((hash) => {
    const left = (place & 1n) === 1n || place === last;
    if (left)
      while ((place & 1n) === 0n && place !== 0n) {
        place >>= 1n;
        last >>= 1n;
      }
    place >>= 1n;
    last >>= 1n;
    return { hash, side: left ? 'left' : 'right' };
  });
}

/** A proof in the form of C2SP tlog-proof. */
export function proofText({ sequence, path, note }: Pick<EntryProof, 'sequence' | 'path' | 'note'>): string {
  return ['c2sp.org/tlog-proof@v1', `index ${sequence}`, ...path.map((one) => one.hash.toString('base64')), '', note].join('\n');
}
