import type { SearchDocument } from '../port.js';

type Put = (documents: readonly SearchDocument[]) => Promise<void>;

/**
 * Puts documents one batch ahead: while the engine still writes one batch, the next is made ready here. Batches under way never
 * hold the same record; `settle` before anything is put that might.
 */
export function putAhead(put: Put): { put: Put; settle(): Promise<void> } {
  let before: Promise<void> = Promise.resolve();
  let last: Promise<void> = Promise.resolve();
  return {
    /** Resolves when no more than this batch is under way; what went wrong with an earlier one comes out here or in `settle`. */
    async put(documents) {
      await before;
      before = last;
      last = put(documents);
      last.catch(() => undefined); // waited for at the next put, or in `settle`
    },
    async settle() {
      await before;
      await last;
    },
  };
}
