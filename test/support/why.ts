import { isCoded } from '../../src/errors/index.js';

/** How work ended: `done`, the code of a refusal, or the words of an error that has none. */
export function why(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error: unknown) => (isCoded(error) ? error.code : String(error)),
  );
}
