import { sep } from 'node:path';
import type { ExecutionDeps } from '../deps.js';
import { canariesListed } from '../store.js';
import { canaryOf, markOf } from './canary.js';
import { type RawPlace, searchRaw } from './raw-files.js';

/** What was seen of the canaries of a register in raw files; places without paths, since certificates are shown to others. */
export interface CanaryReport {
  planted: number;
  places: { what: RawPlace['what']; files: number; bytes: number; unread: number; found: number }[];
}

export interface CanariesSeen {
  report: CanaryReport;
  /** Texts of content anywhere, and of titles anywhere but in the files of the database: what must not be. */
  wrong: number;
  /** Titles in the write-ahead log, and in other files of the database: what goes as these are overwritten. */
  inLog: number;
  inPages: number;
}

/**
 * Looks for the canaries among a register's records in the raw bytes of store, database, index, uploads, logs and temporary folders.
 * `undefined` where the register has none: then nothing is read.
 */
export async function lookForCanaries(deps: Pick<ExecutionDeps, 'db' | 'keystore' | 'rawPlaces'>, register: string): Promise<CanariesSeen | undefined> {
  const canaries = (await canariesListed(deps.db, register)).flatMap((number: string) => canaryOf(deps.keystore, number) ?? []);
  if (canaries.length === 0) return undefined;
  const parts = new Map(canaries.flatMap((one) => [[one.texts.title, 'title'] as const, [one.texts.content, 'content'] as const]));
  const seen: CanariesSeen = { report: { planted: canaries.length, places: [] }, wrong: 0, inLog: 0, inPages: 0 };
  for (const place of deps.rawPlaces()) {
    const { what, files, bytes, unread, hits } = await searchRaw(place, markOf(deps.keystore));
    const ours = hits.filter((hit) => parts.has(hit.text));
    for (const hit of ours) {
      if (what !== 'database' || parts.get(hit.text) === 'content') seen.wrong++;
      else if (hit.path.includes(`${sep}pg_wal${sep}`)) seen.inLog++;
      else seen.inPages++;
    }
    seen.report.places.push({ what, files, bytes, unread, found: ours.length });
  }
  return seen;
}
