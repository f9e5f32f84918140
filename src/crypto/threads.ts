import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { CodedError } from '../errors/index.js';
import type { Part } from './chunks.js';

/** Megabytes; pieces lie outside of the heap. */
const HEAP = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 64 };
/** More than two are of no use to one stream: taking pieces in and handing them on is a thread's work, too. */
const MOST = Math.min(2, availableParallelism());

export type Bytes = Uint8Array<ArrayBuffer>;

/** Whole sealed chunks of a part, which need nothing of the others. */
export interface Order {
  id: number;
  /** Which of its caller's orders it is. */
  slot: number;
  part: Part;
  pieces: Bytes[];
}

/** The plaintext of an order, and whether it was all that was wanted; or what is damaged, or what else went wrong. */
export interface Answer {
  id: number;
  slot: number;
  plain?: Bytes;
  whole?: boolean;
  damage?: string;
  trouble?: string;
}

/** Whoever has given orders and waits for the answers, which come in any order. */
interface Caller {
  answered(answer: Answer): void;
  destroy(error: Error): unknown;
}

const callers = new Map<number, Caller>();
const workers: (Worker | undefined)[] = Array.from({ length: MOST }, () => undefined);
let nextCaller = 0;
let nextOrder = 0;

/** One of the threads; they keep no process from ending while nobody waits for an answer. */
function worker(at: number): Worker {
  const known = workers[at];
  if (known) return known;
  const one = new Worker(new URL('opening-worker.js', import.meta.url), { resourceLimits: HEAP });
  const ended = (): void => {
    if (workers[at] !== one) return;
    workers[at] = undefined;
    for (const caller of callers.values()) caller.destroy(new CodedError('internal', { detail: 'the opening thread ended' }));
  };
  one.on('message', (answer: Answer) => callers.get(answer.id)?.answered(answer));
  one.on('error', ended);
  one.on('exit', ended);
  return (workers[at] = one);
}

/** Orders of one caller to the threads, which take turns. */
export class Orders {
  readonly #id = nextCaller++;

  constructor(caller: Caller) {
    callers.set(this.#id, caller);
    for (const one of workers) one?.ref();
  }

  post(order: Omit<Order, 'id'>, transfer: ArrayBuffer[]): void {
    worker(nextOrder++ % MOST).postMessage({ id: this.#id, ...order } satisfies Order, transfer);
  }

  /** No answer reaches the caller any more. */
  end(): void {
    callers.delete(this.#id);
    if (callers.size === 0) for (const one of workers) one?.unref();
  }
}
