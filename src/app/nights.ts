import { join } from 'node:path';
import { systemActor } from '../audit/index.js';
import { journalFiles, reconcileReads } from '../checks/index.js';
import type { Archive } from './archive.js';

/** The hours of one night lie nearer to each other: what was done since then was done tonight. */
const NIGHT = 12 * 3_600_000;

const tonight = (archive: Pick<Archive, 'now'>): Date => new Date(archive.now().getTime() - NIGHT);

/** What the nights need of an archive. */
export type NightDeps = Pick<Archive, 'now' | 'logRuns' | 'checks'> & { config: Pick<Archive['config'], 'nightlyChecks' | 'storeLogs' | 'dataDir' | 's3'> };

/** Verifies the whole log, once a night. Asked every hour, so that one whose process ended is begun anew. Whether it began. */
export async function verifyLogByNight(archive: NightDeps): Promise<boolean> {
  return archive.config.nightlyChecks && (await archive.logRuns.startUnlessSince(systemActor(), tonight(archive)));
}

/**
 * Compares the store's own log of reads, all that there is of it, with the audit log, once a night: what it shows stays an alarm for as long
 * as the store's log shows it. How it came out; `undefined` where it was done already, or there is nothing to compare.
 */
export async function compareReadsByNight(archive: NightDeps): Promise<string | undefined> {
  const { config, checks } = archive;
  if (!config.nightlyChecks) return undefined;
  const [newest] = await checks.reconciliations(systemActor(), 1);
  if (newest && newest.at >= tonight(archive)) return undefined;
  const files = config.s3 ? config.storeLogs : await journalFiles(join(config.dataDir, 'objects'));
  if (files.length === 0) return undefined;
  return (await reconcileReads(checks.deps, systemActor(), { files, bucket: config.s3?.bucket ?? '' })).result;
}
