import type { NoText } from '../values.js';

/** Ends the reading of a file with a reason. It has no message, so it can quote nothing. */
export class NoTextError extends Error {
  constructor(readonly reason: NoText) {
    super(reason);
    this.name = 'NoTextError';
  }
}

/** Ends the reading because there is enough text, or no time for more. */
export class EnoughError extends Error {
  constructor(readonly of: 'chars' | 'time') {
    super(of);
    this.name = 'EnoughError';
  }
}
