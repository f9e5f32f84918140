import { setTimeout as sleep } from 'node:timers/promises';
import { parseCronItems, run, type Runner, type TaskList } from 'graphile-worker';
import { describeError, type Logger } from '../config/index.js';
import { type Db, type DbSession, openDatabase, type Tx } from '../db/index.js';
import { CodedError } from '../errors/index.js';
import { quiet } from './migrate.js';
import { checkPayload } from './payload.js';
import { addJob, joinWorkers } from './store.js';
import type { AddOptions, Task, Tasks } from './types.js';

export interface Jobs<T extends Tasks> {
  /** Queues a job in the transaction of the act that calls for it. */
  add<N extends keyof T & string>(tx: Tx, task: N, payload: ReturnType<T[N]['parse']>, options?: AddOptions): Promise<void>;
  /** Starts working. Comes back by itself when the database was away. */
  start(): Promise<void>;
  /** Takes no more jobs, tells the running ones, and waits for them. */
  stop(): Promise<void>;
}

export interface JobsOptions<T extends Tasks> {
  /** Of the role `lantai_app`. */
  connectionString: string;
  tasks: T;
  log: Logger;
  /** Jobs at a time; default 2. */
  concurrency?: number;
}

const ATTEMPTS = 12;

function own(tasks: Tasks, name: string): Task {
  const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined;
  if (!task) throw new CodedError('internal', { detail: `no such task: ${name.slice(0, 60)}` });
  return task;
}

/** The library keeps an error's message in its table; this one says what is needed and quotes nothing. */
function harmless(error: unknown): Error {
  const { name, code } = describeError(error);
  const kept = new Error(code ?? name);
  kept.stack = kept.message;
  return kept;
}

function taskList(tasks: Tasks, log: Logger, signal: AbortSignal): TaskList {
  const list: TaskList = {};
  for (const [name, task] of Object.entries(tasks)) {
    list[name] = async (raw, helpers) => {
      const { id, attempts } = helpers.job;
      const line = log.child({ task: name, job: id, attempt: attempts });
      try {
        const { _cron, ...payload } = raw as Record<string, unknown>;
        await task.run(task.parse(checkPayload(payload)), { jobId: id, attempt: attempts, log: line, signal });
        line.debug('job.done');
      } catch (error) {
        line.error('job.failed', error);
        throw harmless(error);
      }
    };
  }
  return list;
}

/** The queue of background work, on the same PostgreSQL as everything else, so that a job commits with its cause. */
export function createJobs<T extends Tasks>({ connectionString, tasks, log, concurrency = 2 }: JobsOptions<T>): Jobs<T> {
  const cron = Object.entries<Task>(tasks).flatMap(([task, { cron: match, maxAttempts }]) =>
    match === undefined
      ? []
      : [{ task, match, identifier: task, options: { backfillPeriod: 3_600_000, maxAttempts: maxAttempts ?? ATTEMPTS, jobKey: `cron:${task}` } }],
  );
  let ending: AbortController | undefined;
  let runner: Runner | undefined;
  let watching: Promise<void> | undefined;
  let db: Db | undefined;
  let session: DbSession | undefined;

  async function open(signal: AbortSignal): Promise<Runner> {
    session?.release(true);
    session = undefined;
    db ??= openDatabase({ connectionString, max: 2, applicationName: 'lantai jobs' });
    session = await db.session();
    await joinWorkers(session);
    return run({
      connectionString,
      maxPoolSize: concurrency + 2,
      concurrency,
      taskList: taskList(tasks, log, signal),
      parsedCronItems: parseCronItems(cron),
      logger: quiet,
      noHandleSignals: true,
      // Without a batch the library does not wait for a job's outcome to be written when it stops.
      preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
      pollInterval: 5_000,
    });
  }

  async function watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        runner ??= await open(signal);
        await runner.promise;
      } catch (error) {
        if (!signal.aborted) log.error('jobs.lost', error);
      }
      runner = undefined;
      await sleep(1_000, undefined, { signal }).catch(() => undefined);
    }
  }

  return {
    add: async (tx, name, payload, options = {}) => {
      const task = own(tasks, name);
      await addJob(tx, name, checkPayload(task.parse(payload)), task.maxAttempts ?? ATTEMPTS, options);
    },
    async start() {
      ending = new AbortController();
      runner = await open(ending.signal);
      watching = watch(ending.signal);
    },
    async stop() {
      ending?.abort();
      await runner?.stop().catch(() => undefined); // it throws when it is stopping already
      await watching;
      session?.release(true);
      session = undefined;
      await db?.close();
      db = undefined;
    },
  };
}
