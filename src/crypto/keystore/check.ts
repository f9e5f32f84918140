import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { names, readText } from './files.js';
import { readKek, unsealKek } from './kek.js';
import { IDENTITY_FILE, KEK_FOLDER, ROOT_FILE } from './root.js';
import type { KekState, KeystoreReport } from './types.js';

/** Compares one folder with the primary and opens every key in it. */
export async function checkPlace(root: KeyObject, primary: string, place: string, label: string): Promise<KeystoreReport> {
  const keks: Record<KekState, number> = { active: 0, retired: 0, destroying: 0, destroyed: 0 };
  const report: KeystoreReport = { place: label, reachable: true, same: true, keks, faults: [] };
  try {
    for (const file of [ROOT_FILE, IDENTITY_FILE]) {
      const found = await readText(place, file);
      if (found === undefined || found !== (await readText(primary, file))) {
        report.same = false;
        report.faults.push(file);
      }
    }
    const all = new Set([...(await names(join(primary, KEK_FOLDER))), ...(await names(join(place, KEK_FOLDER)))]);
    for (const name of [...all].sort()) {
      const state = await checkKek(root, join(primary, KEK_FOLDER), join(place, KEK_FOLDER), name);
      if (state === undefined) report.faults.push(name);
      else keks[state]++;
    }
  } catch {
    report.reachable = false;
  }
  return report;
}

async function checkKek(root: KeyObject, primary: string, place: string, name: string): Promise<KekState | undefined> {
  const text = await readText(place, name);
  if (text === undefined || text !== (await readText(primary, name))) return undefined;
  try {
    const file = readKek(root, text);
    if (file.key !== null) unsealKek(root, file);
    return file.state;
  } catch {
    return undefined;
  }
}
