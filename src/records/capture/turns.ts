import { setTimeout as sleep } from 'node:timers/promises';

/** How long an equal request waits for the one before it; beyond, it is decided by what the catalogue says then. */
const PATIENCE_MS = 30_000;

/** Work under way, by archive and key. */
const running = new WeakMap<object, Map<string, Promise<unknown>>>();

/**
 * Does work of the same key one after another, so that a request that came a moment later finds what the first one did,
 * and answers it, instead of losing a race. It keeps no lock anywhere: where another process wins, the database's unique
 * numbers decide.
 */
export async function inTurn<T>(archive: object, key: string, work: () => Promise<T>): Promise<T> {
  const turns = running.get(archive) ?? new Map<string, Promise<unknown>>();
  running.set(archive, turns);
  const before = turns.get(key);
  const own = (async () => {
    if (before) await patiently(before);
    return work();
  })();
  const ended = own.catch(() => undefined);
  turns.set(key, ended);
  try {
    return await own;
  } finally {
    if (turns.get(key) === ended) turns.delete(key);
  }
}

/** Waits for the end of something, but not for ever: a slow upload must not hold up whoever sends the same number. */
async function patiently(before: Promise<unknown>): Promise<void> {
  const given = new AbortController();
  await Promise.race([before, sleep(PATIENCE_MS, undefined, { signal: given.signal, ref: false }).catch(() => undefined)]);
  given.abort();
}
