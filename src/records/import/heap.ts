import { getHeapStatistics } from 'node:v8';
import { collectGarbage } from '../../config/index.js';

/** Bytes of garbage that may always gather, and the share of what was in use after the last collection that may gather besides. */
const ALWAYS = 16 * 1_048_576;
const SHARE = 0.35;
/** Batches after which an import is a long one, and begins with what is really in use: what was there before may be garbage. */
const LONG = 8;

/**
 * Keeps the heap of a long import small. Its batches live just long enough to be taken for lasting, and V8 lets such garbage
 * grow to three times what is in use before it looks. In a process whose heap is large anyway, V8's own measure comes first.
 */
export class HeapKeeper {
  #used = used();
  #batches = 0;

  /** To be called after each batch. */
  look(): void {
    if (++this.#batches !== LONG && used() < this.#used * (1 + SHARE) + ALWAYS) return;
    collectGarbage('major');
    this.#used = used();
  }
}

const used = (): number => getHeapStatistics().used_heap_size;
