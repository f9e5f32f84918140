import { hash } from 'node:crypto';
import { TILE } from '../log/tiles.js';
import { yearOf } from '../log/names.js';
import { BYTES, leafHash } from '../log/tree.js';
import { GONE_FILE, type GoneNote } from '../term/note.js';
import { endsIn, leafAt } from '../publish/bundle.js';
import { partPath, type Part } from '../publish/layout.js';
import { readEntry } from '../entry.js';
import type { Entry } from '../types.js';
import type { KnownCheckpoint } from './checkpoints.js';
import { Columns } from './columns.js';
import type { LogSource } from './source.js';
import { HASH, TileHashes } from './tile.js';
import { Clock, timeAt } from './time.js';
import type { PublishedFault, PublishedFaultKind } from './types.js';

const WIDTH = BigInt(TILE);

/** A file that was found. */
interface Found {
  bytes: Buffer;
  name: string;
}

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
  readonly #clock: Clock;
  /** Size of the last checkpoint that fits. */
  #held = 0n;
  #broken = false;
  /** What the tile under way is made of, in memory that is used again: where its entries end, their hashes, and the published ones. */
  readonly #ends = new Uint32Array(TILE);
  readonly #leaves = new TileHashes();
  readonly #stated = new TileHashes();
  /** Files that were asked for, in the order in which they will be needed, and the bundle that is the next to be asked for. */
  readonly #asked: Promise<[Found | undefined, Found | undefined]>[] = [];
  #next = 0n;

  constructor(
    private readonly source: LogSource,
    private readonly log: string,
    checkpoints: readonly KnownCheckpoint[],
    private readonly gone: GoneNote | undefined,
  ) {
    this.#clock = new Clock(yearOf(log));
    // one from outside may speak of more than there is: that is what it is for
    this.size = checkpoints.reduce((size, one) => (one.inside && one.size > size ? one.size : size), 0n);
    this.#ahead = checkpoints.filter((one) => one.size <= this.size).toSorted((a, b) => (a.size < b.size ? 1 : -1));
    for (const one of checkpoints) if (one.size > this.size) this.#fault('short', this.size, one.name);
  }

  /** One bundle of entries with the tile of their hashes. `false` where nothing that follows can be told. */
  async bundle(index: bigint): Promise<boolean> {
    const first = index * WIDTH;
    const width = this.#widthAt(index);
    const [bundle, tile] = await this.#files();
    const count = bundle ? endsIn(bundle.bytes, this.#ends) : 0;
    const entries = Math.min(Math.max(count, 0), width);
    if (!bundle && this.gone && first < this.gone.size) this.#destroyed(index, tile?.bytes);
    else if (!bundle) this.#fault('missing', first, partPath({ level: 'entries', index, width }));
    if (!tile) this.#fault('missing', first, partPath({ level: 0, index, width }));
    if (bundle && entries < width) this.#fault('damaged', first + BigInt(entries), bundle.name);
    const told = tile ? tile.bytes.subarray(0, width * HASH) : Buffer.alloc(0);
    if (tile && told.length < width * HASH) this.#fault('damaged', first + BigInt(told.length >> 5), tile.name);
    if (bundle) this.#hash(bundle, entries, first);
    // up to here there is a text or a published hash of each entry
    const known = entries === width ? width : Math.max(entries, told.length >> 5);
    if (known > entries) this.#leaves.fill(told, entries, known);
    this.#differ(told, first, entries, bundle?.name ?? '');
    this.#leaves.grow(known);
    if (this.#published) this.#state(told, known);
    this.#checkUpTo(first + BigInt(known), first);
    if (known < width) return this.#stop();
    if (width === TILE) await this.#grow();
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

  /** Hashes the entries of a bundle and checks their times. */
  #hash({ bytes, name }: Found, count: number, first: bigint): void {
    if (first === 0n && count > 0) this.opening = readEntry(bytes.toString('utf8', 2, this.#ends[0]));
    for (let i = 0, start = 2; i < count; i++) {
      const end = this.#ends[i] as number;
      this.#leaves.put(i, hash('sha256', leafAt(bytes, this.#ends, i), BYTES));
      const time = timeAt(bytes, start, end); // after hashing, which brings the bytes near
      if (time < 0) this.#fault('entry', first + BigInt(i), name);
      else if (!this.#clock.goesOn(bytes, time)) this.#fault('time', first + BigInt(i), name);
      start = end + 2;
    }
    this.entries += BigInt(count);
  }

  /** Names the first entry of a bundle that does not fit its published hash: one that is missing moves all that follow it. */
  #differ(told: Buffer, first: bigint, entries: number, name: string): void {
    const both = Math.min(told.length >> 5, entries);
    const mine = this.#leaves.first(both);
    if (mine.equals(told.subarray(0, both * HASH))) return;
    this.#published ??= this.#tree.copy();
    for (let at = 0; at < mine.length; at += HASH)
      if (!mine.subarray(at, at + HASH).equals(told.subarray(at, at + HASH))) return this.#fault('entry', first + BigInt(at / HASH), name);
  }

  /** The published hashes of the tile; where one is missing, that of the entry stands for it. */
  #state(told: Buffer, width: number): void {
    this.#stated.fill(this.#leaves.first(width), 0, width);
    this.#stated.fill(told, 0, told.length >> 5);
    this.#stated.grow(width);
  }

  /** Compares every checkpoint whose size lies in this bundle. */
  #checkUpTo(end: bigint, first: bigint): void {
    for (let one = this.#ahead.at(-1); one && one.size <= end; one = this.#ahead.at(-1)) {
      this.#ahead.pop();
      const count = Number(one.size - first);
      const fits = one.root.equals(this.#tree.root(this.#leaves.roots(count))) || this.#published?.root(this.#stated.roots(count)).equals(one.root);
      if (fits) {
        this.#held = one.size;
        this.good.push(one);
      } else this.#fault('root', this.#held, one.name);
    }
  }

  async #grow(): Promise<void> {
    this.#published?.add(this.#stated.roots(TILE)[0] as Buffer);
    for (const { level, index, hashes } of this.#tree.add(this.#leaves.roots(TILE)[0] as Buffer)) await this.#compare({ level, index, width: TILE }, hashes);
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

  /** The next bundle and its tile; some more are asked for meanwhile. */
  async #files(): Promise<[Found | undefined, Found | undefined]> {
    for (; this.#asked.length < (this.source.ahead ?? 1) && this.#next * WIDTH < this.size; this.#next++) {
      const part = { index: this.#next, width: this.#widthAt(this.#next) };
      const files = Promise.all([this.#read({ ...part, level: 'entries' }), this.#read({ ...part, level: 0 })]);
      files.catch(() => undefined); // told to whoever comes to it
      this.#asked.push(files);
    }
    return await (this.#asked.shift() as Promise<[Found | undefined, Found | undefined]>);
  }

  #widthAt(index: bigint): number {
    const rest = this.size - index * WIDTH;
    return rest < WIDTH ? Number(rest) : TILE;
  }

  /** A part, or the full one that superseded it. */
  async #read(part: Part): Promise<Found | undefined> {
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
