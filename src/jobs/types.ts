import type { Logger } from '../config/index.js';

/** What a job carries: ids, codes, numbers and flags. Content and personal data have no place in a queue that is kept and backed up. */
export type JobPayload = Readonly<Record<string, string | number | boolean>>;

export interface JobContext {
  jobId: string;
  /** 1 for the first try. */
  attempt: number;
  log: Logger;
  /** Told when the process is about to stop: end at the next safe point, the job is tried again later. */
  signal: AbortSignal;
}

export interface Task<P extends JobPayload = JobPayload> {
  /** Checks a payload, on adding and on running. Throws where it is not the task's own. */
  parse(payload: unknown): P;
  /** May run again after a crash in the middle: it must be repeatable. */
  run(payload: P, context: JobContext): Promise<void>;
  /** Five fields of crontab in UTC, for work that comes by itself; its payload is then `{}`. */
  cron?: string;
  maxAttempts?: number;
}

/** All tasks there are, by name. */
export type Tasks = Readonly<Record<string, Task>>;

export interface AddOptions {
  /** Jobs with the same key replace each other while they wait. */
  key?: string;
  /** Jobs of one queue run one after the other. */
  queue?: string;
  runAt?: Date;
}
