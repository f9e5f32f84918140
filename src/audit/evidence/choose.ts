import type { KeyObject } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { Db } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import type { ObjectStore } from '../../storage/index.js';
import { consistencyProof, inclusionProof } from '../log/proofs.js';
import { logPrefix } from '../publish/layout.js';
import { readPublished } from '../publish/read.js';
import { selectPublished } from '../publish/store.js';
import { storedHashes } from '../proof/reader.js';
import { proofText, sidesOf } from '../proof/prove.js';
import { selectHeadOf } from '../proof/store.js';
import type { Place } from '../search/filter.js';
import { selectSpan } from '../search/store.js';
import { openSide, type Side } from '../side.js';
import { type Choice, selectChosen, selectWithSides } from './store.js';

export interface ChosenDeps {
  db: Db;
  store: ObjectStore;
  archiveId: string;
  /** Opens side rows. */
  keystore: { secret: (name: string) => KeyObject };
}

/** Time stamps that a pack holds of one year, at most; of more every so-manieth is taken, the last one always. */
export const MOST_STAMPS = 200;
/** Entries that are proven with one memory of tiles. */
const BATCH = 200;

/** Where the entries of a choice stand, at most `most` of them. Whoever asks puts it on record. */
export async function chosenPlaces(db: Db, choice: Choice, most: number): Promise<Place[]> {
  const span = await selectSpan(db, { from: choice.from, to: choice.to });
  return span ? selectChosen(db, choice, span, most) : [];
}

/** A signed head under which entries are shown. */
export interface ChosenHead {
  size: bigint;
  note: Buffer;
  /** The RFC 3161 response over the note, and when that was, as the list of what is published says. */
  stamp: { name: string; bytes: Buffer; at: Date } | null;
}

/** Takes evenly from a list, the last one always (pure). */
export function thinned<T>(list: readonly T[], most: number): T[] {
  const step = Math.ceil(list.length / most);
  return list.filter((_, i) => (list.length - 1 - i) % step === 0);
}

/** The first of these sizes, in order, that is beyond a place: the head that holds it (pure). */
export function firstBeyond(sizes: readonly bigint[], sequence: bigint): bigint | undefined {
  let [low, high] = [0, sizes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sizes[middle] as bigint) > sequence) high = middle;
    else low = middle + 1;
  }
  return sizes[low];
}

/**
 * Heads of a log for the entries at these places: for each the first stamped one that holds it, so that the time stamp says of that
 * entry the most that can be said, and the newest one for what no stamp holds yet.
 */
export async function headsFor(deps: ChosenDeps, log: string, sequences: readonly bigint[]): Promise<ChosenHead[]> {
  const stamps = await selectPublished(deps.db, log, 'timestamp');
  const sizes = [...new Set(stamps.map((one) => one.size))];
  const wanted = new Set(sequences.map((one) => firstBeyond(sizes, one)));
  const heads: ChosenHead[] = [];
  for (const size of thinned(
    sizes.filter((one) => wanted.has(one)),
    MOST_STAMPS,
  )) {
    const stamp = stamps.find((one) => one.size === size) as (typeof stamps)[number];
    const name = stamp.key.slice(logPrefix(deps.archiveId, log).length + '/timestamps/'.length);
    const [note, bytes] = [await published(deps, log, `checkpoints/${String(size).padStart(20, '0')}`), await published(deps, log, `timestamps/${name}`)];
    heads.push({ size, note, stamp: { name, bytes, at: stamp.at } });
  }
  const newest = await selectHeadOf(deps.db, log);
  if (!newest) throw new CodedError('not_found');
  if (heads.at(-1)?.size !== newest.size) heads.push({ size: newest.size, note: Buffer.from(newest.note), stamp: null });
  return heads;
}

const published = async (deps: ChosenDeps, log: string, path: string): Promise<Buffer> => buffer(await readPublished(deps, log, path));

export interface ProvenEntry {
  log: string;
  sequence: bigint;
  /** The entry as it was hashed. */
  canonical: string;
  /** That it stands in the log (C2SP tlog-proof). */
  proof: string;
  /** What its commitment was made of; `null` where that was erased, or there never was any. */
  side: Side | null;
}

/** The entries at these places of a log, in order, each with its proof under the first of the heads that holds it. Holds one batch at a time. */
export async function* provenEntries(deps: ChosenDeps, log: string, sequences: readonly bigint[], heads: readonly ChosenHead[]): AsyncGenerator<ProvenEntry> {
  const sizes = heads.map((one) => one.size);
  for (let from = 0; from < sequences.length; from += BATCH) {
    const batch = sequences.slice(from, from + BATCH);
    const readers = new Map<bigint, ReturnType<typeof storedHashes>>();
    const rows = await selectWithSides(deps.db, log, batch);
    if (rows.length !== batch.length) throw new CodedError('audit_unavailable', { detail: 'entries of the log are missing' });
    for (const { sequence, id, entry, sealed } of rows) {
      const size = firstBeyond(sizes, sequence) as bigint;
      const reader = readers.get(size) ?? storedHashes(deps.db, log, size);
      readers.set(size, reader);
      const path = sidesOf(sequence, size, await inclusionProof(reader, sequence, size));
      const note = (heads.find((one) => one.size === size) as ChosenHead).note.toString('utf8');
      const side = sealed === null ? null : openSide(deps.keystore.secret('side-rows'), id, sealed);
      yield { log, sequence, canonical: entry, proof: proofText({ sequence, path, note }), side };
    }
  }
}

/** That a head goes on from an earlier one, as the body of a C2SP tlog-witness request: `old <size>`, hashes, and the later note. */
export async function consistencyText(db: Db, log: string, from: bigint, to: ChosenHead): Promise<string> {
  const hashes = await consistencyProof(storedHashes(db, log, to.size), from, to.size);
  return [`old ${from}`, ...hashes.map((one) => one.toString('base64')), '', to.note.toString('utf8')].join('\n');
}
