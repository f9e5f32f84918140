import { publishLog, type PublishDeps, stampLog, systemActor, tidyPublished } from '../audit/index.js';
import { dayText } from '../records/index.js';
import { logLock } from '../disposition/index.js';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Archive } from './archive.js';
import { certificatesIn } from './pem.js';

const MINUTE = 60_000;

/** Until when the store must lock what is published of a log. */
function keepUntil(archive: Pick<Archive, 'rules' | 'now'>, log: string): Date {
  const schedule = archive.rules.schedules.newest;
  return logLock(log, schedule, dayText(archive.now(), schedule.timeZone));
}

type Publishing = Pick<Archive, 'auditDb' | 'store' | 'now' | 'keystore' | 'rules'>;

export function publishing(archive: Publishing): PublishDeps {
  const { auditDb, store, now } = archive;
  return { auditDb, store, now, archiveId: archive.keystore.archiveId, keepUntil: (log) => keepUntil(archive, log) };
}

/** Publishes what the log grew by, and has it stamped where an authority is configured. */
export async function publishAndStamp(archive: Archive): Promise<void> {
  await publishLog(publishing(archive));
  const { timestamps } = archive.config;
  if (!timestamps) return;
  const authority = { url: timestamps.url, roots: certificatesIn(timestamps.certificates), every: timestamps.minutes * MINUTE };
  await stampLog({ ...publishing(archive), authority, random: archive.random });
}

/** Milliseconds that a stop waits for the log to be signed and published to its end. */
const LAST = 5_000;

/**
 * Signs and publishes what is left when the archive is told to stop, so that a restore after a clean stop finds all of the log in the
 * store. It waits for so long at most and is no reason not to stop: what is left then is told, and published at the next start.
 */
export async function publishLast(
  archive: Pick<Archive, 'audit' | 'auditDb' | 'store' | 'now' | 'keystore' | 'rules' | 'log'>,
  patience = LAST,
): Promise<boolean> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), patience);
  const ended = new Promise<false>((resolve) => late.signal.addEventListener('abort', () => resolve(false), { once: true }));
  const work = async (): Promise<boolean> => {
    for (;;) {
      if ((await archive.audit.state()).pending === 0) {
        // what another process is about to publish is waited for
        if (!(await publishLog(publishing(archive))).elsewhere) return true;
      }
      if (late.signal.aborted) return false;
      await sleep(20);
    }
  };
  try {
    const done = await Promise.race([work(), ended]);
    if (!done) archive.log.warn('log.unpublished', {});
    return done;
  } catch {
    archive.log.warn('log.unpublished', {});
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** Removes partial parts that are superseded, on record. */
export async function tidyLog(archive: Archive): Promise<void> {
  const count = await tidyPublished(publishing(archive));
  if (count === 0) return;
  await archive.db.tx(async (tx) => {
    const subject = { kind: 'log' as const, id: 'published' };
    await archive.audit.append(tx, { actor: systemActor(), act: 'log.tidy', subject, decision: 'allow', facts: { count } });
  });
}
