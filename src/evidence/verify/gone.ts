import type { KeyObject } from 'node:crypto';
import { leafHash, openCheckpoint, openGone, rootOf } from '../../audit/index.js';
import { packPaths } from '../pack/manifest.js';
import type { ManifestForm } from './form.js';
import type { Head } from './heads.js';
import type { PackSource } from './source.js';
import type { PackReport } from './types.js';

const HASH = 32;

/**
 * What a pack says of entries that are gone by rule: the note is signed by the key of the log and is about it, the last head is that of the note,
 * the hashes that stay lead to its root, and the log had entries in the time that was chosen.
 */
export async function checkGone(
  source: PackSource,
  manifest: ManifestForm,
  keyOf: (origin: string) => KeyObject | undefined,
  heads: Map<string, Map<bigint, Head>>,
  report: PackReport,
): Promise<void> {
  for (const one of manifest.gone ?? []) {
    const { log, origin } = one;
    const size = BigInt(one.size);
    const fault = (file: string): unknown => report.faults.push({ kind: 'gone', file });
    const key = keyOf(origin);
    if (!key || origin !== `lantai/${manifest.archive.id}/audit/${log}`) {
      report.faults.push({ kind: key ? 'origin' : 'key', file: packPaths.verifierKeys });
      continue;
    }
    const note = openGone((await source.read(packPaths.goneNote(log)))?.toString('utf8') ?? '', key);
    const same = note?.origin === origin && note.size === size && note.procedure === one.procedure && note.rule === one.rule && note.at === one.at;
    const chosen = one.first < manifest.choice.to && one.last >= manifest.choice.from && !manifest.logs.some((each) => each.log === log);
    if (!same || !chosen) {
      fault(packPaths.goneNote(log));
      continue;
    }
    const file = packPaths.checkpoint(log, size);
    const text = (await source.read(file))?.toString('utf8') ?? '';
    const head = openCheckpoint(text, key);
    if (head?.origin !== origin || head.size !== size || !head.root.equals(note.root)) report.faults.push({ kind: head ? 'origin' : 'signature', file });
    else heads.set(log, new Map([[size, { size, root: head.root, note: text }]]));
    if (one.hashes && !fits(await source.read(packPaths.goneHashes(log)), note)) fault(packPaths.goneHashes(log));
    report.gone.push({ log, size: one.size, at: one.at, procedure: one.procedure });
  }
}

/** Whether hashes are those of all leaves under the root of a note, the first of them that of the entry which stays in it. */
function fits(hashes: Buffer | undefined, note: { size: bigint; root: Buffer; opening: string }): boolean {
  if (!hashes || BigInt(hashes.length) !== note.size * BigInt(HASH)) return false;
  const leaves = Array.from({ length: hashes.length / HASH }, (_, i) => hashes.subarray(i * HASH, (i + 1) * HASH));
  return leaves[0]?.equals(leafHash(note.opening)) === true && rootOf(leaves).equals(note.root);
}
