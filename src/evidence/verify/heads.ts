import type { KeyObject } from 'node:crypto';
import { checkConsistency, openCheckpoint } from '../../audit/index.js';
import { packPaths } from '../pack/manifest.js';
import type { ManifestForm } from './form.js';
import type { PackSource } from './source.js';
import type { PackFault, PackReport } from './types.js';

export interface Head {
  size: bigint;
  root: Buffer;
  note: string;
}

/** The heads of a pack by log, each signed by its key and consistent with the one before. */
export async function checkHeads(
  source: PackSource,
  manifest: ManifestForm,
  keyOf: (origin: string) => KeyObject | undefined,
  faults: PackFault[],
): Promise<Map<string, Map<bigint, Head>>> {
  const all = new Map<string, Map<bigint, Head>>();
  for (const { log, origin, heads } of manifest.logs) {
    const good = new Map<bigint, Head>();
    all.set(log, good);
    const key = keyOf(origin);
    if (!key || origin !== `lantai/${manifest.archive.id}/audit/${log}`) faults.push({ kind: key ? 'origin' : 'key', file: packPaths.verifierKeys });
    let before: Head | undefined;
    for (const size of heads.map((one) => BigInt(one.size))) {
      const file = packPaths.checkpoint(log, size);
      const note = (await source.read(file))?.toString('utf8');
      const opened = note === undefined || !key ? undefined : openCheckpoint(note, key);
      if (!opened || note === undefined) {
        if (key) faults.push({ kind: 'signature', file });
        continue;
      }
      if (opened.origin !== origin || opened.size !== size) {
        faults.push({ kind: 'origin', file });
        continue;
      }
      const head = { size, root: opened.root, note };
      if (before && !(await follows(source, log, before, head))) faults.push({ kind: 'consistency', file: packPaths.consistency(log, before.size, size) });
      good.set(size, head);
      before = head;
    }
  }
  return all;
}

async function follows(source: PackSource, log: string, before: Head, head: Head): Promise<boolean> {
  const text = (await source.read(packPaths.consistency(log, before.size, head.size)))?.toString('utf8');
  return text !== undefined && checkConsistency(text, before, head);
}

/** Compares checkpoints that were kept elsewhere with those of the same size. */
export function compareOutside(
  outside: readonly { name: string; note: string }[],
  keyOf: (origin: string) => KeyObject | undefined,
  heads: ReadonlyMap<string, ReadonlyMap<bigint, Head>>,
  report: Pick<PackReport, 'logs' | 'elsewhere' | 'faults'>,
): void {
  for (const { name, note } of outside) {
    const origin = note.slice(0, note.indexOf('\n'));
    const key = keyOf(origin);
    const opened = key && openCheckpoint(note, key);
    if (!opened) {
      report.faults.push({ kind: key ? 'signature' : 'origin', file: name });
      continue;
    }
    const log = origin.slice(origin.lastIndexOf('/') + 1);
    const same = heads.get(log)?.get(opened.size);
    if (!same) report.elsewhere.push({ name, size: String(opened.size) });
    else if (!same.root.equals(opened.root)) report.faults.push({ kind: 'fork', file: name });
    else report.logs.find((one) => one.log === log)?.kept.push({ name, size: String(opened.size) });
  }
}
