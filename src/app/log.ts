import { publishLog, type PublishDeps, stampLog, systemActor, tidyPublished } from '../audit/index.js';
import { dayText } from '../records/index.js';
import { logLock } from '../disposition/index.js';
import type { Archive } from './archive.js';
import { certificatesIn } from './pem.js';

const MINUTE = 60_000;

/** Until when the store must lock what is published of a log. */
function keepUntil(archive: Archive, log: string): Date {
  const schedule = archive.rules.schedules.newest;
  return logLock(log, schedule, dayText(archive.now(), schedule.timeZone));
}

export function publishing(archive: Archive): PublishDeps {
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

/** Removes partial parts that are superseded, on record. */
export async function tidyLog(archive: Archive): Promise<void> {
  const count = await tidyPublished(publishing(archive));
  if (count === 0) return;
  await archive.db.tx(async (tx) => {
    const subject = { kind: 'log' as const, id: 'published' };
    await archive.audit.append(tx, { actor: systemActor(), act: 'log.tidy', subject, decision: 'allow', facts: { count } });
  });
}
