import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { ExecutionContext } from 'ava';
import { openPack, verifyEvidence, type PackOptions } from '../../src/evidence/index.js';
import { zip } from '../../src/documents/index.js';
import { ROOT } from '../support/sources.js';
import type { Client } from '../support/server.js';

const run = promisify(execFile);

/** What a command says, and its exit code. */
export async function command(cwd: string, name: string, ...args: string[]): Promise<{ code: number; out: string }> {
  try {
    const { stdout, stderr } = await run(name, args, { cwd, maxBuffer: 2 ** 26 });
    return { code: 0, out: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number | string; stdout?: string; stderr?: string };
    return { code: typeof code === 'number' ? code : -1, out: `${stdout ?? ''}${stderr ?? ''}` };
  }
}

export const PYTHON = join(ROOT, 'scripts/verify/verify_evidence.py');

/** Whether a program is there to be run. */
export const has = async (name: string, ...args: string[]): Promise<boolean> => (await command('/', name, ...args)).code !== -1;

/** A pack as its files, that a test may change. */
export type Files = Map<string, Buffer>;

export async function filesOf(path: string): Promise<Files> {
  const source = await openPack(path);
  const files: Files = new Map();
  for (const name of source.names()) files.set(name, (await source.read(name)) ?? Buffer.alloc(0));
  await source.close();
  return files;
}

export async function writePack(files: Files, path: string): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of zip([...files].map(([name, content]) => ({ name, content: [content] })))) pieces.push(piece);
  await writeFile(path, Buffer.concat(pieces));
}

export async function unpack(files: Files, folder: string): Promise<void> {
  for (const [name, content] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

/** What each of the two verifiers finds wrong with a pack: `kind file`, sorted. */
export async function bothVerifiers(
  path: string,
  options: PackOptions = {},
  python: readonly string[] = [],
): Promise<{ ours: string[]; theirs: string[]; code: number }> {
  const source = await openPack(path);
  const ours = (await verifyEvidence(source, options)).faults.map((one) => `${one.kind} ${one.file}`);
  await source.close();
  const { code, out } = await command(dirname(path), 'python3', PYTHON, path, ...python);
  const theirs = out
    .split('\n')
    .filter((line) => line.startsWith('FAULT '))
    .map((line) => line.slice(6));
  return { ours: [...new Set(ours)].sort(), theirs: [...new Set(theirs)].sort(), code };
}

export async function scratch(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'lantai-evidence-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Today, as the archive of the tests counts days. */
export const today = (): string => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', dateStyle: 'short' }).format(new Date());

/** Waits until a pack is no longer being made. */
export async function madeBy(client: Client, id: string): Promise<Record<string, unknown>> {
  for (let i = 0; i < 200; i++) {
    const { json } = await client('GET', `/api/v1/evidence-packs/${id}`);
    if (json['state'] !== 'approved' && json['state'] !== 'making') return json;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error('it was never made');
}

export const readText = (path: string): Promise<string> => readFile(path, 'utf8');

/** The same files with their digests made anew, as somebody would who changes a pack; changes it in place. */
export function resummed(files: Files): Files {
  const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
  const listed = [...files].filter(([name]) => !['SHA256SUMS', 'manifest.json', 'evidence.pdf'].includes(name));
  const list = Buffer.from(listed.map(([name, content]) => `${digest(content)}  ${name}\n`).join(''));
  files.set('SHA256SUMS', list);
  const manifest = files.get('manifest.json')?.toString() ?? '';
  files.set('manifest.json', Buffer.from(manifest.replace(/"sums":"[^"]*"/, `"sums":"sha256:${digest(list)}"`)));
  return files;
}

/** A pack of a period as its files, asked for and fetched over the API. */
export async function packOf(t: ExecutionContext, client: Client, from: string, to: string): Promise<{ files: Files; made: Record<string, unknown> }> {
  const asked = await client('POST', '/api/v1/evidence-packs', { kind: 'period', from, to, reason: 'for the inspectors' });
  t.is(asked.status, 201, asked.text);
  const made = await madeBy(client, String(asked.json['id']));
  const file = await client('GET', `/api/v1/evidence-packs/${String(asked.json['id'])}/pack.zip`);
  t.is(file.status, 200, JSON.stringify(made));
  const place = await scratch();
  t.teardown(place.remove);
  await writeFile(join(place.path, 'pack.zip'), file.bytes);
  return { files: await filesOf(join(place.path, 'pack.zip')), made };
}
