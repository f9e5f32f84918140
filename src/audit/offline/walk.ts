import { Edge, TILE, type Tile } from '../log/tiles.js';
import { Frontier, leafHash, type Hash } from '../log/tree.js';
import { decodeBundle } from '../publish/bundle.js';
import { partPath, type Part } from '../publish/layout.js';
import { readEntry } from '../entry.js';
import type { Entry } from '../types.js';
import type { KnownCheckpoint } from './checkpoints.js';
import type { LogSource } from './source.js';
import type { PublishedFault, PublishedFaultKind } from './types.js';

const HASH = 32;
const WIDTH = BigInt(TILE);
/** Where the time stands in canonical JSON: no member that follows it has text in it. */
const TIME = /,"t":"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)","v":1(?:,"version":"[^"]*")?\}$/;

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
export async function walkLog(source: LogSource, log: string, checkpoints: readonly KnownCheckpoint[], progress?: (entries: bigint) => void): Promise<Walked> {
  const walk = new Walk(source, log, checkpoints);
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
  readonly #bySize: Map<bigint, KnownCheckpoint>;
  readonly #edge = new Edge();
  /** Grows only once an entry and its published hash differ. */
  #published: Frontier | undefined;
  #lastT = '';
  /** Size of the last checkpoint that fits. */
  #held = 0n;
  #broken = false;
  /** Whether a changed entry was named in the bundle under way. */
  #told = false;

  constructor(
    private readonly source: LogSource,
    private readonly log: string,
    checkpoints: readonly KnownCheckpoint[],
  ) {
    // one from outside may speak of more than there is: that is what it is for
    this.size = checkpoints.reduce((size, one) => (one.inside && one.size > size ? one.size : size), 0n);
    this.#bySize = new Map(checkpoints.map((one) => [one.size, one]));
    for (const one of checkpoints) if (one.size > this.size) this.#fault('short', this.size, one.name);
  }

  /** One bundle of entries with the tile of their hashes. `false` where nothing that follows can be told. */
  async bundle(index: bigint): Promise<boolean> {
    const first = index * WIDTH;
    const width = this.size - first < WIDTH ? Number(this.size - first) : TILE;
    const bytes = await this.#read({ level: 'entries', index, width });
    const hashes = await this.#read({ level: 0, index, width });
    const entries = bytes && decodeBundle(bytes.bytes);
    if (bytes && !entries) this.#fault('damaged', first, bytes.name);
    if (!bytes) this.#fault('missing', first, partPath({ level: 'entries', index, width }));
    if (!hashes) this.#fault('missing', first, partPath({ level: 0, index, width }));
    if (entries && entries.length < width) this.#fault('damaged', first + BigInt(entries.length), bytes.name);
    if (hashes && hashes.bytes.length < width * HASH) this.#fault('damaged', first + BigInt(hashes.bytes.length >> 5), hashes.name);
    this.#told = false;
    for (let i = 0; i < width; i++) {
      const published = hashes && hashes.bytes.length >= (i + 1) * HASH ? hashes.bytes.subarray(i * HASH, (i + 1) * HASH) : undefined;
      const leaf = this.#entry(entries?.[i], first + BigInt(i), published, bytes?.name);
      if (!leaf) return !this.#stop(first + BigInt(i), bytes?.name ?? partPath({ level: 'entries', index, width }));
      await this.#grow(leaf, published ?? leaf);
    }
    return true;
  }

  async end(): Promise<void> {
    for (let level = 0; !this.#broken && this.size >> BigInt(8 * (level + 1)) > 0n; level++) await this.#partial(level + 1);
  }

  /** The hash of an entry, or the published one where the entry is gone; `undefined` where there is neither. */
  #entry(text: Buffer | undefined, sequence: bigint, published: Hash | undefined, name: string | undefined): Hash | undefined {
    if (text === undefined) return published && Buffer.from(published);
    this.entries++;
    const time = TIME.exec(text.toString('latin1', Math.max(0, text.length - 400)))?.[1];
    if (time === undefined) this.#fault('entry', sequence, name ?? '');
    else if (time < this.#lastT || time.slice(0, 4) !== this.log) this.#fault('time', sequence, name ?? '');
    else this.#lastT = time;
    if (sequence === 0n) this.opening = readEntry(text.toString('utf8'));
    const leaf = leafHash(text);
    if (published && !published.equals(leaf)) {
      this.#published ??= new Frontier(this.#edge.size, this.#edge.roots());
      if (!this.#told) this.#fault('entry', sequence, name ?? ''); // one that is missing moves all that follow it
      this.#told = true;
    }
    return leaf;
  }

  async #grow(leaf: Hash, published: Hash): Promise<void> {
    for (const tile of this.#edge.append(leaf)) if (tile.level > 0) await this.#compare(tile);
    this.#published?.append(Buffer.from(published));
    const checkpoint = this.#bySize.get(this.#edge.size);
    if (checkpoint) this.#check(checkpoint);
  }

  #check(checkpoint: KnownCheckpoint): void {
    const fits = checkpoint.root.equals(this.#edge.root()) || (this.#published?.root().equals(checkpoint.root) ?? false);
    if (!fits) return this.#fault('root', this.#held, checkpoint.name);
    this.#held = checkpoint.size;
    this.good.push(checkpoint);
  }

  async #compare(tile: Tile): Promise<void> {
    const part = { level: tile.level, index: tile.index, width: TILE };
    this.#compared(part, await this.#read(part), tile.hashes);
  }

  /** The partial tile at the right edge of a level. */
  async #partial(level: number): Promise<void> {
    const mine = this.#edge.openAt(level);
    if (mine.length === 0) return;
    const part = { level, index: this.size >> BigInt(8 * (level + 1)), width: mine.length };
    this.#compared(part, await this.#read(part), Buffer.concat(mine));
  }

  #compared(part: Part, stored: { bytes: Buffer } | undefined, mine: Buffer): void {
    if (this.#published) return; // entries and hashes part ways below: told there
    if (stored?.bytes.subarray(0, mine.length).equals(mine)) return;
    const first = (part.index * WIDTH) << BigInt(8 * (part.level as number));
    this.#fault('tile', first, partPath(part));
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

  #stop(sequence: bigint, name: string): true {
    if (!this.faults.some((fault) => fault.kind === 'missing' || fault.kind === 'damaged')) this.#fault('missing', sequence, name);
    this.#broken = true;
    return true;
  }

  #fault(kind: PublishedFaultKind, sequence: bigint | null, name: string): void {
    this.faults.push({ kind, log: this.log, sequence, name: /^(tile|checkpoint)/.test(name) ? `${this.log}/${name}` : name });
  }
}
