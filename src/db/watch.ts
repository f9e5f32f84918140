import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { CodedError } from '../errors/index.js';

/** Milliseconds that something may wait for the server before it is asked whether it is there at all. */
const PATIENCE = 1_500;
/** Milliseconds that the server has to answer this question, counted in steps: a process that was busy itself has not waited. */
const ANSWER = 1_500;
const STEP = 100;
/** Milliseconds between two looks. */
const LOOK = 500;

interface Wait {
  since: number;
  cut(): void;
}

const silent = (): CodedError => new CodedError('unavailable', { detail: 'the database does not answer' });

/**
 * Notices a database that takes connections and says nothing any more (stopped, paused, its disk gone), and cuts whoever waits
 * for it, so that they hear of it within a few seconds instead of at the end of their statement's time. A statement that takes
 * long on a server that answers is left alone.
 */
export class Watch {
  readonly #waiting = new Set<Wait>();
  readonly #timer: NodeJS.Timeout;
  #answeredAt = 0;
  #asking = false;
  #silent = false;

  constructor(private readonly connectionString: string) {
    this.#timer = setInterval(() => void this.#look(), LOOK).unref();
  }

  /** Waits for the server; `unavailable` at once while it is known not to answer. `cut` lets go of what it was asked. */
  async over<T>(ask: () => Promise<T>, cut: () => void): Promise<T> {
    if (this.#silent) throw silent();
    const work = ask();
    let wait: Wait | undefined;
    const given = new Promise<never>((_resolve, reject) => {
      wait = {
        since: performance.now(),
        cut: () => {
          work.catch(() => undefined); // nobody waits for it any more
          reject(silent());
          cut();
        },
      };
      this.#waiting.add(wait);
    });
    try {
      return await Promise.race([work, given]);
    } finally {
      if (wait) this.#waiting.delete(wait);
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const now = performance.now();
    const [oldest] = this.#waiting; // they stand in the order in which they began
    const due = this.#silent || (oldest !== undefined && now - Math.max(oldest.since, this.#answeredAt) > PATIENCE);
    if (!due || this.#asking) return;
    this.#asking = true;
    this.#silent = !(await answers(this.connectionString));
    this.#asking = false;
    if (!this.#silent) this.#answeredAt = performance.now();
    else for (const wait of this.#waiting) wait.cut();
  }
}

/** Whether the server says anything on a new connection. A refusal is an answer too: whoever waits hears it as well. */
async function answers(connectionString: string): Promise<boolean> {
  const socket = new Socket();
  const client = new pg.Client({ connectionString, application_name: 'lantai watch', stream: () => socket });
  client.on('error', () => undefined);
  let said = false;
  const asked = (async (): Promise<void> => {
    try {
      await client.connect();
      await client.query('select 1');
      await client.end();
    } catch {
      // refused, or cut below
    }
    said = true;
  })();
  for (let waited = 0; waited < ANSWER && !said; waited += STEP) await Promise.race([asked, sleep(STEP)]);
  const answered = said;
  socket.destroy();
  return answered;
}
