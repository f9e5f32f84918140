import { once } from 'node:events';
import { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { Turns } from '../turns.js';
import { amrSound, type AmrSound, frameEnds, frameSamples, SAMPLE, WAV_HEAD, wavHead } from './amr.js';

/** What is made playable: bytes of a file, hours that it lasts, and files at a time, the others in their order. */
export const SOUND_LIMITS = { bytes: 16_777_216, hours: 6, atOnce: 2 };

/** Frames that are decoded in one go: twenty seconds. */
const STEP = 1_000;
/** Megabytes; the decoder's own memory lies outside. */
const HEAP = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 64 };

export interface PlayableSound {
  /** Of the whole WAV file, in bytes. */
  size: number;
  /** Its bytes from `start` to before `end`. */
  body(range: { start: number; end: number }): Readable;
}

const turns = new Turns(SOUND_LIMITS.atOnce);

/** Whether a type is a sound that few browsers play, and that can be made one that all do. */
export const isDecoded = (type: string): boolean => type === 'audio/amr' || type === 'audio/amr-wb';

/**
 * An AMR recording as WAV, which every browser plays. It is decoded from its beginning whatever the range, because each frame leans
 * on those before: so the same byte is the same in every answer. `undefined` where it is none, or lasts too long.
 */
export function playable(bytes: Buffer): PlayableSound | undefined {
  const sound = amrSound(bytes, SOUND_LIMITS.hours);
  if (!sound || sound.frames === 0) return undefined;
  return { size: sound.wavSize, body: (range) => Readable.from(cut(wav(bytes, sound), range), { objectMode: false }) };
}

/** Groups of whole frames, the first with the head of the file. */
function* groups(bytes: Buffer): Generator<{ frames: number; part: Buffer }> {
  let [from, end, frames] = [0, 0, 0];
  for (end of frameEnds(bytes)) {
    if (++frames < STEP) continue;
    yield { frames, part: bytes.subarray(from, end) };
    [from, frames] = [end, 0];
  }
  if (frames > 0) yield { frames, part: bytes.subarray(from, end) };
}

/** The decoder keeps its pace: a frame that gives fewer samples than it lasts is filled with silence, so that all stay in their places. */
function exactly(samples: Int16Array, count: number): Buffer {
  const out = Buffer.alloc(count * SAMPLE);
  out.set(new Uint8Array(samples.buffer, samples.byteOffset, Math.min(samples.byteLength, out.length)));
  return out;
}

async function* wav(bytes: Buffer, sound: AmrSound): AsyncGenerator<Buffer> {
  yield wavHead(sound.rate, sound.wavSize - WAV_HEAD);
  let worker: Worker | undefined;
  try {
    for (const { frames, part } of groups(bytes)) {
      // a turn is as long as its twenty seconds of sound: who listens slowly keeps nobody from listening
      yield await turns.take(async () => {
        worker ??= new Worker(new URL('worker.js', import.meta.url), { resourceLimits: HEAP });
        const answered = once(worker, 'message') as Promise<[Int16Array]>;
        worker.postMessage(Uint8Array.from(part), []);
        const [samples] = await answered;
        return exactly(samples, frames * frameSamples(sound.rate));
      });
    }
  } finally {
    await worker?.terminate();
  }
}

async function* cut(pieces: AsyncIterable<Buffer>, { start, end }: { start: number; end: number }): AsyncGenerator<Buffer> {
  let at = 0;
  for await (const piece of pieces) {
    const part = piece.subarray(Math.max(0, start - at), Math.max(0, end - at));
    at += piece.length;
    if (part.length > 0) yield part;
    if (at >= end) return;
  }
}
