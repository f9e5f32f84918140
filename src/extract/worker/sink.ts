import type { Note } from '../values.js';
import { EnoughError } from './refuse.js';
import { normalise } from './normalise.js';

/** Gathers a file's text, and ends the reading when there is enough of it or time runs out. */
export class Sink {
  readonly #parts: string[] = [];
  #length = 0;
  readonly notes = new Set<Note>();
  pages: number | null = null;
  truncated = false;

  constructor(
    readonly outputChars: number,
    /** On the clock of `performance.now()`. */
    readonly deadline: number,
  ) {}

  add(text: string): void {
    if (text !== '') {
      this.#parts.push(text);
      this.#length += text.length;
    }
    this.check();
  }

  /** Ends a line or a cell. */
  line(): void {
    this.add('\n');
  }

  /** To be called in any loop that may run for long without text. */
  check(): void {
    if (this.#length > 2 * this.outputChars) throw new EnoughError('chars'); // blanks may collapse, so twice as much is heard
    if (performance.now() > this.deadline) throw new EnoughError('time');
  }

  /** The text in its final form, cut to the limit. */
  text(): string {
    const text = normalise(this.#parts.join(''));
    if (text.length <= this.outputChars) return text;
    this.truncated = true;
    return text.slice(0, this.outputChars).toWellFormed();
  }
}
