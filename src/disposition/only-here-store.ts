import { type Db, sql } from '../db/index.js';

/**
 * Runs what one process at a time does, over all processes, under an advisory lock of the session. Where another process is at it
 * nothing is done; the lock goes with the connection, whatever happens, and the next one need not wait for that to be noticed.
 * @returns `undefined` where another process is at it
 */
export async function onlyHere<T>(db: Db, lock: number, work: () => Promise<T>): Promise<T | undefined> {
  const session = await db.session();
  try {
    const { free } = await session.one<{ free: boolean }>(sql`select pg_try_advisory_lock(${lock}) as free`);
    return free ? await work() : undefined;
  } finally {
    await session.run(sql`select pg_advisory_unlock(${lock})`).catch(() => undefined);
    session.release(true);
  }
}
