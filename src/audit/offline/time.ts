/** Where the time stands in canonical JSON: no member that follows it has text in it but a version. */
const TIME = /,"t":"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z","v":1(?:,"version":"[^"]*")?\}$/;
/** The end of an entry without a version; 0 stands for a digit. */
const END = Buffer.from(',"t":"0000-00-00T00:00:00.000Z","v":1}');
const ZERO = 0x30;
const START = 6;
const LENGTH = 24;
/** A version has at most 256 characters. */
const FAR = 400;

/** Where the time of an entry begins that lies in these bytes, without reading the rest of it; -1 where it does not end as an entry does. */
export function timeAt(bytes: Buffer, start: number, end: number): number {
  const from = end - END.length;
  if (from > start && endsAsUsual(bytes, from)) return from + START;
  const far = Math.max(start, end - FAR);
  const found = bytes.toString('latin1', far, end).search(TIME);
  return found < 0 ? -1 : far + found + START;
}

function endsAsUsual(bytes: Buffer, from: number): boolean {
  for (let i = 0; i < END.length; i++) {
    const byte = bytes[from + i] as number;
    const form = END[i] as number;
    if (form === ZERO ? byte < ZERO || byte > ZERO + 9 : byte !== form) return false;
  }
  return true;
}

/** Times of one year that may not run backwards, compared where they lie. */
export class Clock {
  readonly #last = Buffer.alloc(LENGTH);
  readonly #year: Buffer;

  constructor(year: string) {
    this.#year = Buffer.from(year);
  }

  /** Takes the time that begins there; `false`, and nothing is taken, where it is before the last one or of another year. */
  goesOn(bytes: Buffer, at: number): boolean {
    let i = 0;
    while (i < LENGTH && bytes[at + i] === this.#last[i]) i++;
    if (i === LENGTH) return true;
    if ((bytes[at + i] as number) < (this.#last[i] as number)) return false;
    for (let digit = i; digit < this.#year.length; digit++) if (bytes[at + digit] !== this.#year[digit]) return false;
    for (; i < LENGTH; i++) this.#last[i] = bytes[at + i] as number;
    return true;
  }
}
