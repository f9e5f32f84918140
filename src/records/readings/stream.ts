import { Transform, type Readable, type TransformCallback } from 'node:stream';

/** Passes bytes on and counts them; says once how it ended. */
export class Metered extends Transform {
  bytes = 0;

  constructor() {
    super({ highWaterMark: 1 << 20 });
  }

  /** Bytes that were taken; what still waits in the buffer has not left. */
  get left(): number {
    return this.bytes - this.readableLength;
  }

  #may: () => boolean = () => true;

  /** Nothing more passes once this says no. */
  until(may: () => boolean): void {
    this.#may = may;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (!this.#may()) return done(new Error('the grant has ended'));
    this.bytes += chunk.length;
    done(null, chunk);
  }
}

/**
 * Connects a source to a metered stream. `ended` is called exactly once, with the bytes that left and whether it was all
 * of them: after the reader took the last byte, or when either side broke off.
 */
export function metered(source: Readable, expected: number, ended: (bytes: number, whole: boolean) => void): Metered {
  const meter = new Metered();
  let told = false;
  const tell = (): void => {
    if (told) return;
    told = true;
    ended(meter.left, meter.left === expected && meter.readableEnded);
  };
  source.on('error', (error) => meter.destroy(error));
  meter.on('close', () => {
    source.destroy();
    tell();
  });
  meter.on('end', tell);
  source.pipe(meter);
  return meter;
}
