import { collectGarbage } from '../config/index.js';

/**
 * Bytes of cipher output after which the young generation is collected. More than what streams hold on the way (some 6 MiB
 * of an upload): a piece that is still held at two collections in a row is taken for old, and only full ones free the old.
 */
const EVERY = 12 * 1_048_576;

let given = 0;

/**
 * To be told of every piece a cipher gives. Each is memory outside of V8's heap; V8 sees the pressure but not that all of it
 * is young, and answers with full collections, which in a process with a large heap cost several times what the cipher does.
 * A minor collection now and then frees the pieces for next to nothing.
 */
export function noteCipherOutput(bytes: number): void {
  given += bytes;
  if (given < EVERY) return;
  given = 0;
  collectGarbage('minor');
}
