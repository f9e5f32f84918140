import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Edge, TILE } from '../../src/audit/log/tiles.js';
import { signCheckpoint, verifierKey } from '../../src/audit/log/note.js';
import { completeRoot, leafHash, type Hash } from '../../src/audit/log/tree.js';
import { encodeBundle, leavesIn } from '../../src/audit/publish/bundle.js';
import { checkpointPath, partPath, planParts } from '../../src/audit/publish/layout.js';
import type { SigningKey } from '../../src/crypto/index.js';
import { ROOT } from '../support/sources.js';

/** A folder of its own, gone after the test. */
export async function scratch(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'lantai-log-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

async function put(path: string, bytes: Buffer | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}

/** Hashes of each level, from the leaves up: only complete subtrees of 256. */
function levelsOf(leaves: readonly Hash[]): Hash[][] {
  const levels = [[...leaves]];
  for (let below = levels[0] as Hash[]; below.length >= TILE; below = levels.at(-1) as Hash[]) {
    levels.push(Array.from({ length: Math.floor(below.length / TILE) }, (_, i) => completeRoot(below.slice(i * TILE, (i + 1) * TILE))));
  }
  return levels;
}

/** Writes a log of these texts as whoever holds the key could: tiles, bundles, a checkpoint at each of the sizes. */
export async function forge(
  folder: string,
  log: string,
  texts: readonly string[],
  origin: string,
  keys: SigningKey | null,
  sizes: readonly number[],
): Promise<void> {
  const levels = levelsOf(texts.map((text) => leafHash(text)));
  for (const part of planParts(0n, BigInt(texts.length))) {
    const [from, to] = [Number(part.index) * TILE, Number(part.index) * TILE + part.width];
    const bytes = part.level === 'entries' ? encodeBundle(texts.slice(from, to)) : Buffer.concat((levels[part.level] as Hash[]).slice(from, to));
    await put(join(folder, log, partPath(part)), bytes);
  }
  if (!keys) return;
  const edge = new Edge();
  for (const text of texts) {
    edge.append(leafHash(text));
    if (sizes.includes(Number(edge.size)))
      await put(join(folder, log, checkpointPath(edge.size)), signCheckpoint({ origin, size: edge.size, root: edge.root() }, keys));
  }
  await put(join(folder, 'verifier-keys'), `${verifierKey(origin, keys.publicKey)}\n`);
}

/** The texts of all entries of a log in a folder. */
export async function textsOf(folder: string, log: string): Promise<string[]> {
  const texts: string[] = [];
  const bundles = join(folder, log, 'tile/entries');
  for (const name of (await readdir(bundles)).filter((one) => /^\d{3}$/.test(one)).sort()) texts.push(...read(await readFile(join(bundles, name))));
  for (const name of (await readdir(bundles)).filter((one) => one.endsWith('.p'))) {
    const widths = (await readdir(join(bundles, name))).sort((a, b) => Number(a) - Number(b));
    if (Number(name.slice(0, 3)) * TILE === texts.length) texts.push(...read(await readFile(join(bundles, name, widths.at(-1) as string))));
  }
  return texts;
}

const read = (bundle: Buffer): string[] => (leavesIn(bundle) as Buffer[]).map((one) => one.toString('utf8', 1));

/** A copy of an exported log, for an attack on it. */
export async function copyOf(folder: string): Promise<{ path: string; remove: () => Promise<void> }> {
  const copy = await scratch();
  await cp(folder, copy.path, { recursive: true });
  return copy;
}

const run = promisify(execFile);

/** Whether the second verifier can run here. */
export async function hasPython(): Promise<boolean> {
  return run('python3', ['-c', 'import cryptography']).then(
    () => true,
    () => false,
  );
}

/** What the second verifier, in Python, says: its exit code, its lines, and its faults as `kind log sequence`, sorted. */
export async function independentRun(folder: string, outside: readonly string[], keys?: string): Promise<{ code: number; lines: string[]; faults: string[] }> {
  const args = [join(ROOT, 'scripts/verify/verify_log.py'), folder, ...(keys ? ['--key', keys] : []), ...outside.flatMap((one) => ['--checkpoint', one])];
  const { code, stdout } = await run('python3', args).then(
    (done) => ({ code: 0, stdout: done.stdout }),
    (error: unknown) => {
      if (error instanceof Error && 'code' in error && (error.code === 2 || error.code === 3) && 'stdout' in error)
        return { code: error.code, stdout: String(error.stdout) };
      throw error;
    },
  );
  const lines = stdout.split('\n');
  const faults = lines.filter((line) => line.startsWith('FAULT ')).map((line) => line.split(' ').slice(1, 4).join(' '));
  return { code, lines, faults: faults.sort() };
}

/** Its faults. */
export async function independent(folder: string, outside: readonly string[], keys?: string): Promise<string[]> {
  return (await independentRun(folder, outside, keys)).faults;
}
