import { parentPort } from 'node:worker_threads';
import { decoder } from '@audio/decode-amr';

/*
 * The thread that decodes one sound: frames come in, samples of 16 bits go out, in turns. The decoder itself is WebAssembly, which
 * reaches nothing but its own memory; that ends with the thread.
 */
const decoding = decoder();

/** Samples from -1 to 1 as whole numbers. */
function whole(samples: Float32Array | undefined): Int16Array<ArrayBuffer> {
  const out = new Int16Array(samples?.length ?? 0);
  for (let i = 0; i < out.length; i++) out[i] = Math.max(-32_768, Math.min(32_767, Math.round((samples?.[i] ?? 0) * 32_768)));
  return out;
}

async function answer(frames: Uint8Array): Promise<void> {
  const samples = whole((await decoding).decode(frames).channelData[0]);
  parentPort?.postMessage(samples, [samples.buffer]);
}

parentPort?.on('message', (frames: Uint8Array) => void answer(frames));
