import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of cipher output after which the young generation is collected. */
const EVERY = 4 * 1_048_576;

type Collect = (options: { type: 'minor' }) => void;

function collector(): Collect | undefined {
  try {
    setFlagsFromString('--expose-gc');
    return runInNewContext('gc') as Collect;
  } catch {
    return undefined;
  } finally {
    setFlagsFromString('--no-expose-gc');
  }
}

let collect: Collect | undefined | null = null;
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
  if (collect === null) collect = collector();
  collect?.({ type: 'minor' });
}
