import { canonicalJson } from '../../crypto/index.js';
import type { LogItem } from '../search/forward.js';
import { Frontier, leafHash } from './tree.js';

/** What a whole log comes to: its size and its root, as a checkpoint of the log states them. */
export interface LogFingerprint {
  log: string;
  size: bigint;
  /** RFC 6962 root, standard base64 as in a signed note. */
  root: string;
}

/**
 * Puts entries of an export together, oldest first, to the roots that the checkpoints of their logs state: an export that was
 * changed, or that lacks an entry, comes to another one. Holds one branch of the tree at a time.
 */
export class ExportCheck {
  readonly #done: LogFingerprint[] = [];
  #log: string | undefined;
  #tree = new Frontier();

  /** Takes the next entry; `false` where it is not the one that comes next. */
  take({ log, sequence, entry }: LogItem): boolean {
    if (log !== this.#log) {
      if (sequence !== 0n || (this.#log !== undefined && log < this.#log)) return false;
      this.#close();
      this.#log = log;
      this.#tree = new Frontier();
    }
    if (sequence !== this.#tree.size) return false;
    this.#tree.append(leafHash(canonicalJson(entry)));
    return true;
  }

  #close(): void {
    if (this.#log !== undefined) this.#done.push({ log: this.#log, size: this.#tree.size, root: this.#tree.root().toString('base64') });
  }

  end(): LogFingerprint[] {
    this.#close();
    this.#log = undefined;
    return this.#done;
  }
}
