import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: { type: 'minor' | 'major' }) => void;

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

let found: Collect | undefined | null = null;

/** Collects garbage now: for the few places that know better than V8 when it pays. Does nothing where V8 does not let itself be asked. */
export function collectGarbage(type: 'minor' | 'major'): void {
  if (found === null) found = collector();
  found?.({ type });
}

/**
 * Has the memory of buffers freed by whoever collects, not by helping threads: they and the threads that fill the next buffers wait
 * for each other, which took a third of the processor time of opening a long object. For all threads, and those begun later.
 */
export function freeBuffersAtOnce(): void {
  setFlagsFromString('--no-concurrent-array-buffer-sweeping');
}
