import { hash } from 'node:crypto';
import { TILE } from '../log/tiles.js';
import { yearOf } from '../log/names.js';
import { BYTES, leafHash, type Hash } from '../log/tree.js';
import { GONE_FILE, type GoneNote } from '../term/note.js';
import { leavesIn } from '../publish/bundle.js';
import { partPath, type Part } from '../publish/layout.js';
import { readEntry } from '../entry.js';
import type { Entry } from '../types.js';
import type { KnownCheckpoint } from './checkpoints.js';
import { Columns, tileRoot } from './columns.js';
import type { LogSource } from './source.js';
import { entryTime } from './time.js';
import type { PublishedFault, PublishedFaultKind } from './types.js';

const HASH = 32;
const WIDTH = BigInt(TILE);

/** What was found of the log of one year. */
export interface Walked {
  size: bigint;
  entries: bigint;
  faults: PublishedFault[];
  opening: Entry | undefined;
  /** Checkpoints whose tree the entries, or the hashes that were published of them, give again. */
  good: KnownCheckpoint[];
}

/**
 * Recomputes one log from its files up to the largest of its checkpoints, in bounded memory. Two trees grow: one of the entries
 * and, from the first entry on that does not fit its published hash, one of the hashes; a checkpoint that fits the second proves
 * that the entry was changed, one that fits the first that the hash was.
 */
export async function walkLog(
  source: LogSource,
  log: string,
  checkpoints: readonly KnownCheckpoint[],
  gone?: GoneNote,
  progress?: (entries: bigint) => void,
): Promise<Walked> {
  const walk = new Walk(source, log, checkpoints, gone);
  for (let index = 0n; index * WIDTH < walk.size; index++) {
    if (!(await walk.bundle(index))) break;
    if (index % 64n === 63n) progress?.((index + 1n) * WIDTH);
  }
  await walk.end();
  return { size: walk.size, entries: walk.entries, faults: walk.faults, opening: walk.opening, good: walk.good };
}

class Walk {
  readonly faults: PublishedFault[] = [];
  readonly good: KnownCheckpoint[] = [];
  readonly size: bigint;
  entries = 0n;
  opening: Entry | undefined;
  /** Those that are still ahead, the smallest last. */
  readonly #ahead: KnownCheckpoint[];
  readonly #tree = new Columns();
  /** Grows only once an entry and its published hash differ. */
  #published: Columns | undefined;
  #lastT = '';
  readonly #year: string;
  /** Size of the last checkpoint that fits. */
  #held = 0n;
  #broken = false;

  constructor(
    private readonly source: LogSource,
    private readonly log: string,
    checkpoints: readonly KnownCheckpoint[],
    private readonly gone: GoneNote | undefined,
  ) {
    this.#year = yearOf(log);
    // one from outside may speak of more than there is: that is what it is for
    this.size = checkpoints.reduce((size, one) => (one.inside && one.size > size ? one.size : size), 0n);
    this.#ahead = checkpoints.filter((one) => one.size <= this.size).toSorted((a, b) => (a.size < b.size ? 1 : -1));
    for (const one of checkpoints) if (one.size > this.size) this.#fault('short', this.size, one.name);
  }

  /** One bundle of entries with the tile of their hashes. `false` where nothing that follows can be told. */
  async bundle(index: bigint): Promise<boolean> {
    const first = index * WIDTH;
    const width = this.size - first < WIDTH ? Number(this.size - first) : TILE;
    const bundle = await this.#read({ level: 'entries', index, width });
    const tile = await this.#read({ level: 0, index, width });
    const entries = bundle && leavesIn(bundle.bytes);
    if (!bundle && this.gone && first < this.gone.size) this.#destroyed(index, tile?.bytes);
    else if (!bundle) this.#fault('missing', first, partPath({ level: 'entries', index, width }));
    if (!tile) this.#fault('missing', first, partPath({ level: 0, index, width }));
    if (bundle && !entries) this.#fault('damaged', first, bundle.name);
    if (entries && entries.length < width) this.#fault('damaged', first + BigInt(entries.length), bundle.name);
    const told = tile ? tile.bytes.subarray(0, width * HASH) : Buffer.alloc(0);
    if (tile && told.length < width * HASH) this.#fault('damaged', first + BigInt(told.length >> 5), tile.name);
    const leaves = this.#leaves(entries ?? [], first, width, told, bundle?.name ?? '');
    if (leaves.length < width * HASH) return this.#stop();
    this.#differ(leaves, told, first, entries?.length ?? 0, bundle?.name ?? '');
    // where a hash is missing in the tile, that of the entry stands for it
    const stated = told.length === leaves.length ? told : Buffer.concat([told, leaves.subarray(told.length)]);
    this.#checkUpTo(first + BigInt(width), first, leaves, stated);
    if (width === TILE) await this.#grow(leaves, stated);
    return true;
  }

  async end(): Promise<void> {
    const { gone } = this;
    if (gone && !this.good.some((one) => one.size === gone.size && one.root.equals(gone.root))) this.#fault('root', 0n, GONE_FILE);
    for (let level = 1; !this.#broken && level <= this.#tree.height; level++) await this.#partial(level);
  }

  /** Entries that are gone by rule: the first one is told by the certificate, and must fit its hash. */
  #destroyed(index: bigint, tile: Buffer | undefined): void {
    if (index !== 0n || !this.gone || !tile?.subarray(0, HASH).equals(leafHash(this.gone.opening))) return;
    this.opening = readEntry(this.gone.opening);
  }

  /** Hashes of the entries of a bundle, and the published ones of those that are gone, one behind the other; fewer where there is neither. */
  #leaves(entries: readonly Buffer[], first: bigint, width: number, told: Buffer, name: string): Buffer {
    const leaves = Buffer.allocUnsafe(width * HASH);
    for (let i = 0; i < width; i++) {
      const text = entries[i];
      if (text === undefined && told.length < (i + 1) * HASH) return leaves.subarray(0, i * HASH);
      if (text === undefined) told.copy(leaves, i * HASH, i * HASH, (i + 1) * HASH);
      else leaves.write(this.#entry(text, first + BigInt(i), name), i * HASH, 'latin1');
    }
    return leaves;
  }

  /**
   * The hash of an entry as a string of bytes, which costs a third of one as a buffer.
   * @param text the entry with the `00` of a leaf before it
   */
  #entry(text: Buffer, sequence: bigint, name: string): string {
    this.entries++;
    const time = entryTime(text);
    if (time === undefined) this.#fault('entry', sequence, name);
    else if (time < this.#lastT || !time.startsWith(this.#year)) this.#fault('time', sequence, name);
    else this.#lastT = time;
    if (sequence === 0n) this.opening = readEntry(text.toString('utf8', 1));
    return hash('sha256', text, BYTES);
  }

  /** Names the first entry of a bundle that does not fit its published hash: one that is missing moves all that follow it. */
  #differ(leaves: Buffer, told: Buffer, first: bigint, entries: number, name: string): void {
    const both = Math.min(told.length, entries * HASH);
    if (leaves.subarray(0, both).equals(told.subarray(0, both))) return;
    this.#published ??= this.#tree.copy();
    for (let at = 0; at < both; at += HASH)
      if (!leaves.subarray(at, at + HASH).equals(told.subarray(at, at + HASH))) return this.#fault('entry', first + BigInt(at / HASH), name);
  }

  /** Compares every checkpoint whose size lies in this bundle. */
  #checkUpTo(end: bigint, first: bigint, leaves: Buffer, stated: Buffer): void {
    for (let one = this.#ahead.at(-1); one && one.size <= end; one = this.#ahead.at(-1)) {
      this.#ahead.pop();
      const count = Number(one.size - first);
      const fits = one.root.equals(rootWith(this.#tree, leaves, count)) || (this.#published && one.root.equals(rootWith(this.#published, stated, count)));
      if (fits) {
        this.#held = one.size;
        this.good.push(one);
      } else this.#fault('root', this.#held, one.name);
    }
  }

  async #grow(leaves: Buffer, stated: Buffer): Promise<void> {
    this.#published?.add(tileRoot(stated));
    for (const { level, index, hashes } of this.#tree.add(tileRoot(leaves))) await this.#compare({ level, index, width: TILE }, hashes);
  }

  /** The partial tile at the right edge of a level. */
  async #partial(level: number): Promise<void> {
    const mine = this.#tree.openAt(level);
    if (mine.length > 0) await this.#compare({ level, index: this.size >> BigInt(8 * (level + 1)), width: mine.length }, Buffer.concat(mine));
  }

  async #compare(part: Part, mine: Buffer): Promise<void> {
    if (this.#published) return; // entries and hashes part ways below: told there
    const stored = await this.#read(part);
    if (stored?.bytes.subarray(0, mine.length).equals(mine)) return;
    this.#fault('tile', (part.index * WIDTH) << BigInt(8 * (part.level as number)), partPath(part));
  }

  /** A part, or the full one that superseded it. */
  async #read(part: Part): Promise<{ bytes: Buffer; name: string } | undefined> {
    for (const one of part.width === TILE ? [part] : [part, { ...part, width: TILE }]) {
      const path = partPath(one);
      const bytes = await this.source.read(`${this.log}/${path}`);
      if (bytes) return { bytes, name: path };
    }
    return undefined;
  }

  #stop(): false {
    this.#broken = true;
    return false;
  }

  #fault(kind: PublishedFaultKind, sequence: bigint | null, name: string): void {
    this.faults.push({ kind, log: this.log, sequence, name: /^(tile|checkpoint|gone)/.test(name) ? `${this.log}/${name}` : name });
  }
}

/** Root of a tree with the first `count` of these leaves behind it. */
function rootWith(tree: Columns, leaves: Buffer, count: number): Hash {
  if (count === TILE) {
    const grown = tree.copy();
    grown.add(tileRoot(leaves));
    return grown.root([]);
  }
  return tree.root(Array.from({ length: count }, (_, i) => leaves.subarray(i * HASH, (i + 1) * HASH)));
}
