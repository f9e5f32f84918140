/** Bytes that arrive in pieces, in one buffer that begins with the size foretold and grows where that was too small. */
export class Gathered {
  #buffer: Buffer;
  #length = 0;

  constructor(size: number) {
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(size, 1024));
  }

  add(piece: Buffer): void {
    if (this.#length + piece.length > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(2 * (this.#length + piece.length));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    piece.copy(this.#buffer, this.#length);
    this.#length += piece.length;
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }
}
