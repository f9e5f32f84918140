import { buffer } from 'node:stream/consumers';
import type { KeyObject } from 'node:crypto';
import type { ObjectStore } from '../../storage/index.js';
import { CodedError } from '../../errors/index.js';
import { readEntry } from '../entry.js';
import { type Checkpoint, openCheckpoint } from '../log/note.js';
import { TILE } from '../log/tiles.js';
import { leafHash, type Hash } from '../log/tree.js';
import { leavesIn } from '../publish/bundle.js';
import { checkpointPath, logPrefix, type Part, partPath } from '../publish/layout.js';
import { firstOf } from '../publish/publish.js';
import type { Entry } from '../types.js';

/** What the object store holds of the published logs of an archive. */
export interface StoredLogs {
  /** The bytes under a path below a log as they were published first; `undefined` where there are none. */
  read(log: string, path: string): Promise<Buffer | undefined>;
  /** Paths below a log that begin so. */
  list(log: string, start: string): Promise<string[]>;
}

/** A store that says nothing for so long is out of reach, in milliseconds: no start of the log waits for one that hangs. */
const PATIENCE = 10_000;

async function within<T>(patience: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new CodedError('store_unavailable', { detail: 'no answer' })), patience);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** The logs that an archive published. A later version under a name is somebody else's, and is not looked at. */
export function storedLogs(store: ObjectStore, archiveId: string, patience = PATIENCE): StoredLogs {
  const below = (log: string): string => `${logPrefix(archiveId, log)}/`;
  return {
    async read(log, path) {
      const first = await within(patience, firstOf(store, below(log) + path));
      return first && within(patience, store.get(first).then(buffer));
    },
    async list(log, start) {
      const paths = new Set<string>();
      const found = store.list(below(log) + start)[Symbol.asyncIterator]();
      for (;;) {
        const next = await within(patience, found.next()); // all of a long list may take longer
        if (next.done) return [...paths];
        paths.add(next.value.key.slice(below(log).length));
      }
    },
  };
}

/** How much of a part is there: 256 of a full one, the widest of partial ones, 0 of none. */
async function widthOf(stored: StoredLogs, log: string, level: Part['level'], index: bigint): Promise<number> {
  const full = partPath({ level, index, width: TILE });
  const widths = (await stored.list(log, full)).map((path) => (path === full ? TILE : Number(path.startsWith(`${full}.p/`) ? path.slice(full.length + 3) : 0)));
  return Math.max(0, ...widths);
}

/** Whether anything was published of a log beyond a size. */
export async function holdsMore(stored: StoredLogs, log: string, size: bigint): Promise<boolean> {
  const index = size / BigInt(TILE);
  return (await widthOf(stored, log, 'entries', index)) > Number(size % BigInt(TILE));
}

/** Sizes of the checkpoints of a log, the smallest first. */
export async function checkpointSizes(stored: StoredLogs, log: string): Promise<bigint[]> {
  const names = (await stored.list(log, 'checkpoints/')).flatMap((path) => /^checkpoints\/(\d{20})$/.exec(path)?.[1] ?? []);
  return names.map(BigInt).sort((a, b) => (a < b ? -1 : 1));
}

/** The checkpoint of a size, with its note, where it is signed and says what its name says. */
export async function storedCheckpoint(
  stored: StoredLogs,
  log: string,
  size: bigint,
  origin: string,
  publicKey: KeyObject,
): Promise<(Checkpoint & { note: string }) | undefined> {
  const note = (await stored.read(log, checkpointPath(size)))?.toString('utf8');
  const opened = note === undefined ? undefined : openCheckpoint(note, publicKey);
  return note !== undefined && opened?.origin === origin && opened.size === size ? { ...opened, note } : undefined;
}

/** Names of checkpoints that are looked at for one that is signed. */
const LOOKS = 1000;

/** The newest of these checkpoints that is signed: whatever else stands under such a name, anybody may have put there. */
export async function newestSigned(stored: StoredLogs, log: string, sizes: readonly bigint[], origin: string, publicKey: KeyObject) {
  for (const size of sizes.slice(-LOOKS).toReversed()) {
    const found = await storedCheckpoint(stored, log, size, origin, publicKey);
    if (found) return found;
  }
  return undefined;
}

/** Entries of one bundle with their leaf hashes. */
export interface Piece {
  texts: string[];
  leaves: Hash[];
}

/** The first `width` entries of a bundle, where they are there and each fits its hash in the published tile. */
export async function storedPiece(stored: StoredLogs, log: string, index: bigint, width: number): Promise<Piece | undefined> {
  const [bundle, tile] = await Promise.all([widest(stored, log, 'entries', index, width), widest(stored, log, 0, index, width)]);
  const found = bundle && leavesIn(bundle)?.slice(0, width);
  if (!found || found.length < width || !tile) return undefined;
  const texts = found.map((leaf) => leaf.toString('utf8', 1));
  const leaves = texts.map((text) => leafHash(text));
  return Buffer.concat(leaves).equals(tile.subarray(0, width * 32)) ? { texts, leaves } : undefined;
}

async function widest(stored: StoredLogs, log: string, level: Part['level'], index: bigint, width: number): Promise<Buffer | undefined> {
  const there = width === TILE ? TILE : await widthOf(stored, log, level, index);
  return there < width ? undefined : stored.read(log, partPath({ level, index, width: there }));
}

/** The entry that opens a log. */
export async function storedOpening(stored: StoredLogs, log: string): Promise<Entry | undefined> {
  const piece = await storedPiece(stored, log, 0n, 1);
  return piece && readEntry(piece.texts[0] as string);
}
