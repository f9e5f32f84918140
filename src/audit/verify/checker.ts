import { createHash, type KeyObject } from 'node:crypto';
import { columnsOf, readEntry, type EntryColumns } from '../entry.js';
import { openCheckpoint } from '../log/note.js';
import { yearOf } from '../log/names.js';
import type { SignerMemory } from '../log/signer.js';
import { Edge, hashesOf, TILE, type Tile } from '../log/tiles.js';
import { leafHash, type Hash } from '../log/tree.js';
import type { Entry } from '../types.js';
import type { CheckerState } from './state.js';

export const FAULTS = [
  'not_canonical',
  'leaf',
  'column',
  'gap',
  'time',
  'opening',
  'tile',
  'head',
  'signature',
  'short',
  'unsigned',
  'fork',
  'memory',
  'side',
  'doubled',
  'certificate',
] as const;
export type FaultKind = (typeof FAULTS)[number];

export interface Fault {
  kind: FaultKind;
  log: string;
  /** The entry concerned, or the first that can be; `null` where the log as a whole is. */
  sequence: bigint | null;
}

/** A log that opens where another one was closed with a loss. */
export interface LogBreak {
  log: string;
  closed: string;
  /** Entries of the closed log on which it goes on. */
  size: string;
  /** Entries that were signed, or at least published. */
  lost: string;
}

export interface StoredHead {
  size: bigint;
  root: Buffer;
  note: string;
}

/** A stored entry with what stands beside it. */
export interface StoredEntry {
  log: string;
  sequence: bigint;
  id: string;
  text: string;
  leaf: Buffer;
  columns: EntryColumns;
  /** The head whose newest entry this is. */
  head: StoredHead | null;
}

export interface CheckerOptions {
  publicKey: KeyObject;
  originOf: (log: string) => string;
  /** What the signer remembers; `undefined` where it is not at hand, so that a cut tail cannot be ruled out. */
  memory: SignerMemory | null | undefined;
}

/** Recomputes a log entry by entry, in sequence. Pure: rows in, faults out. */
export class LogChecker {
  readonly faults: Fault[] = [];
  /** Logs that two persons closed because something of the one before was lost. */
  readonly breaks: LogBreak[] = [];
  count = 0;
  heads = 0;
  /** Tiles that the entries filled, to be compared with the stored ones. */
  tiles: Tile[] = [];
  #log = '';
  #edge = new Edge();
  #lastT = '';
  #lastHead: StoredHead | null = null;
  #gap = false;
  #memoryMet = false;

  /** @param from where another one stopped, under a signed head */
  constructor(
    private readonly options: CheckerOptions,
    from?: CheckerState,
  ) {
    if (!from) return;
    this.faults.push(...from.faults);
    this.breaks.push(...from.breaks);
    [this.count, this.heads, this.#log, this.#edge] = [from.count, from.heads, from.log, from.edge.copy()];
    [this.#lastT, this.#lastHead, this.#gap, this.#memoryMet] = [from.lastT, from.lastHead, from.gap, from.memoryMet];
    // what the signer signed last may be exactly what was looked at last
    this.#meetMemory();
  }

  /** How far it has come; only where everything fed stands under a head and no tile waits to be compared. */
  get state(): CheckerState | undefined {
    if (this.signed.open !== 0n || this.tiles.length > 0 || this.#gap) return undefined;
    const { faults, breaks, count, heads } = this;
    return {
      log: this.#log,
      edge: this.#edge.copy(),
      lastT: this.#lastT,
      lastHead: this.#lastHead,
      gap: this.#gap,
      memoryMet: this.#memoryMet,
      count,
      heads,
      breaks: [...breaks],
      faults: [...faults],
    };
  }

  /** Size of the log under way that stands under a signed head. */
  get signed(): { log: string; size: bigint; open: bigint } {
    const size = this.#lastHead?.size ?? 0n;
    return { log: this.#log, size, open: this.#edge.size - size };
  }

  feed(row: StoredEntry): Entry | undefined {
    this.count++;
    const entry = readEntry(row.text);
    const first = row.log !== this.#log;
    if (first) this.#open(row, entry);
    if (row.sequence !== this.#edge.size && !this.#gap) {
      this.#fault('gap', this.#edge.size);
      this.#gap = true; // nothing after a gap can be put into the tree
    }
    if (!leafHash(row.text).equals(row.leaf)) this.#fault('leaf', row.sequence);
    if (entry?.id !== row.id) this.#fault('not_canonical', row.sequence);
    else if (!sameColumns(columnsOf(entry), row.columns)) this.#fault('column', row.sequence);
    if (entry !== undefined) this.#time(row, entry);
    if (!this.#gap) this.#grow(row);
    return entry;
  }

  /**
   * A log whose entries are gone by rule: the hashes that stay stand for them, entry 0 for itself in the certificate.
   * @param opening `undefined` where the certificate does not fit
   */
  openGone(log: string, opening: Entry | undefined): void {
    this.#open({ log, sequence: 0n }, opening);
    if (opening === undefined) this.#fault('certificate', null);
  }

  /** The hash of an entry that is gone. */
  feedGone(row: Pick<StoredEntry, 'log' | 'leaf' | 'head'>): void {
    this.#grow(row);
  }

  /** After the last row. */
  end(): void {
    if (this.#log !== '') this.#close();
    const { memory } = this.options;
    if (memory === null && this.heads > 0) this.#fault('memory', null);
    if (memory && !this.#memoryMet) this.faults.push({ kind: 'short', log: memory.log, sequence: memory.log === this.#log ? this.#edge.size : null });
  }

  /** Compares a stored tile with the one that the entries give, and names the first entry under a differing hash. */
  compare(log: string, tile: Tile, stored: Buffer | undefined): void {
    if (stored?.equals(tile.hashes)) return;
    const mine = hashesOf(tile.hashes);
    const other = stored === undefined ? [] : hashesOf(stored);
    const at = mine.findIndex((hash, i) => other[i] === undefined || !hash.equals(other[i]));
    this.faults.push({ kind: 'tile', log, sequence: (tile.index * BigInt(TILE) + BigInt(Math.max(at, 0))) << BigInt(8 * tile.level) });
  }

  #open(row: Pick<StoredEntry, 'log' | 'sequence'>, entry: Entry | undefined): void {
    const before = this.#log === '' ? null : { log: this.#log, head: this.#lastHead };
    if (before) this.#close(entry?.act === 'log.break');
    this.#log = row.log;
    this.#edge = new Edge();
    this.#lastHead = null;
    this.#gap = false;
    const facts = entry?.facts ?? {};
    const broken = entry?.act === 'log.break';
    if (broken)
      this.breaks.push({
        log: row.log,
        closed: String(facts['previous']),
        size: String(facts['size']),
        lost: String(facts['signed'] ?? facts['published'] ?? ''),
      });
    // of a log that was lost from its first entry on nothing is here
    const lostWhole = broken && facts['size'] === '0' && String(facts['previous']) > (before?.log ?? '');
    const binds =
      lostWhole ||
      (before === null
        ? facts['previous'] === null
        : facts['previous'] === before.log &&
          before.head !== null &&
          facts['size'] === String(before.head.size) &&
          facts['root'] === before.head.root.toString('base64') &&
          facts['checkpoint'] === createHash('sha256').update(before.head.note).digest('hex'));
    if (!(broken || entry?.act === 'log.open') || entry.subject.id !== row.log || !binds) this.#fault('opening', row.sequence);
  }

  #time(row: StoredEntry, entry: Entry): void {
    if (entry.t < this.#lastT || entry.t.slice(0, 4) !== yearOf(row.log)) this.#fault('time', row.sequence);
    this.#lastT = entry.t;
  }

  #grow(row: Pick<StoredEntry, 'log' | 'leaf' | 'head'>): void {
    this.tiles.push(...this.#edge.append(row.leaf));
    this.#meetMemory();
    if (row.head) this.#head(row.head);
  }

  /** Compares the tree with the one that the signer signed last, at its size. */
  #meetMemory(): void {
    const { memory } = this.options;
    if (!memory || memory.log !== this.#log || memory.size !== this.#edge.size) return;
    this.#memoryMet = true;
    if (!memory.root.equals(this.#edge.root())) this.#fault('fork', this.#lastHead?.size ?? 0n);
  }

  #head(head: StoredHead): void {
    this.heads++;
    const from = this.#lastHead?.size ?? 0n;
    const root: Hash = this.#edge.root();
    if (!head.root.equals(root)) this.#fault('head', from);
    const checkpoint = openCheckpoint(head.note, this.options.publicKey);
    if (!checkpoint) this.#fault('signature', from);
    else if (checkpoint.origin !== this.options.originOf(this.#log) || checkpoint.size !== head.size || !checkpoint.root.equals(head.root))
      this.#fault('head', from);
    this.#lastHead = head;
  }

  /** Only the newest log may have entries that wait for their head, and one that was closed by two persons. */
  #close(broken = false): void {
    if (broken) return;
    const { open } = this.signed;
    if (open > 0n && !this.#gap) this.#fault('unsigned', this.#lastHead?.size ?? 0n);
  }

  #fault(kind: FaultKind, sequence: bigint | null): void {
    this.faults.push({ kind, log: this.#log, sequence });
  }
}

function sameColumns(one: EntryColumns, other: EntryColumns): boolean {
  return (Object.keys(one) as (keyof EntryColumns)[]).every((name) => one[name] === other[name]);
}
