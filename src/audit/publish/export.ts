import { mkdir, open, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { KeyObject } from 'node:crypto';
import type { Db, Queryable } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import type { ObjectStore } from '../../storage/index.js';
import { verifierKey } from '../log/note.js';
import { KEYS_FILE } from '../offline/verify.js';
import { checkpointPath, logPrefix, partPath, planParts } from './layout.js';
import { GONE_FILE } from '../term/note.js';
import { findGone } from '../term/store.js';
import { partBytes } from './parts.js';
import { type OpenLog, selectOpen, selectPublished } from './store.js';

export interface ExportLogDeps {
  db: Db;
  store: ObjectStore;
  archiveId: string;
  publicKey: KeyObject;
  originOf: (log: string) => string;
}

export interface ExportLogInput {
  /** An empty folder, or one that is not there. */
  folder: string;
  /** Left out: every year. */
  logs?: readonly string[] | undefined;
  progress?: (files: number) => void;
}

/**
 * Writes the log as the database has it into a folder, in the form of C2SP tlog-tiles, with every checkpoint and time stamp that was
 * published, the verifier keys, and lists for web servers. No entry's side row leaves: an export holds pseudonyms only. Of a log whose
 * entries were destroyed at the end of their term it holds the certificate instead of them.
 * @returns the newest checkpoint of each log, as a signed note
 * @throws `conflict` where the folder holds something
 */
export async function exportLog(deps: ExportLogDeps, input: ExportLogInput): Promise<{ log: string; size: bigint; note: string }[]> {
  await emptyFolder(input.folder);
  let files = 0;
  const write = async (path: string, bytes: Buffer | string): Promise<void> => {
    await writeFile(join(input.folder, path), bytes);
    if (++files % 100 === 0) input.progress?.(files);
  };
  const logs = (await selectOpen(deps.db)).filter((one) => input.logs?.includes(one.log) ?? true);
  for (const one of logs) await exportOne(deps, one, write);
  await write(KEYS_FILE, logs.map((one) => `${verifierKey(deps.originOf(one.log), deps.publicKey)}\n`).join(''));
  await write('logs', logs.map((one) => `${one.log}\n`).join(''));
  return logs.map(({ log, size, note }) => ({ log, size, note }));
}

async function exportOne(deps: ExportLogDeps, one: OpenLog, write: (path: string, bytes: Buffer | string) => Promise<void>): Promise<void> {
  const { log, size, note } = one;
  const gone = await findGone(deps.db, log);
  for (const part of planParts(0n, size)) {
    if (!gone || part.level !== 'entries') await write(`${log}/${partPath(part)}`, await partBytes(deps.db, log, part));
  }
  if (gone) await write(`${log}/${GONE_FILE}`, gone.note);
  const names = new Map<string, Buffer | string>([[checkpointPath(size), note]]);
  for (const kind of ['checkpoint', 'timestamp'] as const) await collect(deps, deps.db, log, kind, names);
  for (const [path, bytes] of names) await write(`${log}/${path}`, bytes);
  for (const folder of ['checkpoints', 'timestamps']) {
    const inside = [...names.keys()].filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1));
    await write(`${log}/${folder}/list`, inside.map((name) => `${name}\n`).join(''));
  }
  await write(`${log}/checkpoint`, note);
}

async function collect(deps: ExportLogDeps, db: Queryable, log: string, kind: 'checkpoint' | 'timestamp', into: Map<string, Buffer | string>): Promise<void> {
  for (const { key, version } of await selectPublished(db, log, kind)) {
    const path = key.slice(logPrefix(deps.archiveId, log).length + 1);
    if (!into.has(path)) into.set(path, await buffer(await deps.store.get({ key, version })));
  }
}

async function emptyFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length > 0) throw new CodedError('conflict', { detail: 'the folder is not empty' });
}

async function writeFile(path: string, bytes: Buffer | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
  } finally {
    await file.close();
  }
}
