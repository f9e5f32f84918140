import type { KeyObject } from 'node:crypto';
import type { Db } from '../../db/index.js';
import { readEntry } from '../entry.js';
import { TILE } from '../log/tiles.js';
import { leafHash } from '../log/tree.js';
import { goneLeaves } from '../term/gone.js';
import { openGone } from '../term/note.js';
import { selectGone, streamHeads, type GoneRow } from '../term/store.js';
import type { LogChecker, StoredHead } from './checker.js';

/** Entries that are gone by rule, as a verification tells of them. */
export interface VerifiedGone {
  log: string;
  size: string;
  at: string;
  procedure: string;
}

/** Logs whose entries are gone, fed to a checker in their places among the others: each before the first entry of the next log. */
export class GoneLogs {
  readonly told: VerifiedGone[];
  #ahead: GoneRow[] | undefined;

  constructor(
    private readonly db: Db,
    private readonly checker: LogChecker,
    private readonly options: { publicKey: KeyObject; originOf: (log: string) => string },
    private readonly compare: () => Promise<void>,
    /** Logs up to this one were fed before; with what was told of them. */
    private readonly from: { log: string; told: readonly VerifiedGone[] } = { log: '', told: [] },
  ) {
    this.told = [...from.told];
  }

  async before(log: string): Promise<void> {
    this.#ahead ??= (await selectGone(this.db)).filter((one) => one.log > this.from.log);
    for (let next = this.#ahead[0]; next && next.log < log; next = this.#ahead[0]) {
      this.#ahead.shift();
      await this.#feed(next);
    }
  }

  async #feed(gone: GoneRow): Promise<void> {
    const { log, size, root, note } = gone;
    const width = BigInt(TILE);
    const opened = openGone(note, this.options.publicKey);
    const [first] = await goneLeaves(this.db, gone, 0n, 1);
    const fits = opened?.origin === this.options.originOf(log) && opened.size === size && opened.root.equals(root) && first?.equals(leafHash(opened.opening));
    this.checker.openGone(log, fits ? readEntry(opened.opening) : undefined);
    this.told.push({ log, size: String(size), at: gone.at.toISOString(), procedure: gone.procedure });
    const heads = this.#heads(log);
    let head = (await heads.next()).value as StoredHead | undefined;
    for (let from = 0n; from < size; from += width) {
      for (const [i, leaf] of (await goneLeaves(this.db, gone, from, Number(size - from < width ? size - from : width))).entries()) {
        const mine = head?.size === from + BigInt(i) + 1n ? head : null;
        this.checker.feedGone({ log, leaf, head: mine });
        if (mine) head = (await heads.next()).value as StoredHead | undefined;
      }
      await this.compare();
    }
    if (head) this.checker.faults.push({ kind: 'short', log, sequence: head.size }); // a head beyond the hashes that stay
  }

  async *#heads(log: string): AsyncGenerator<StoredHead> {
    for await (const batch of streamHeads(this.db, log)) yield* batch;
  }
}
