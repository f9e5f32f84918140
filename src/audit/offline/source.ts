import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../../errors/index.js';
import { LOG_NAME } from '../log/names.js';

/** A published or exported log, wherever it lies: files under the paths of C2SP tlog-tiles, a folder for each year. */
export interface LogSource {
  /** The years that are there, oldest first. */
  logs(): Promise<string[]>;
  /** Bytes of a file, which the reader may change; `undefined` where it is not there. */
  read(path: string): Promise<Buffer | undefined>;
  /** Names in a folder, sorted; empty where they cannot be listed. */
  list(path: string): Promise<string[]>;
  /** How many bundles are asked for at once, so that one far away is not waited for each time. Left out, one: what was just read lies nearest. */
  readonly ahead?: number;
}

/** Bundles of a web server that are under way at once; each may be as long as below. */
const AHEAD = 4;
/** Longer than any file of a log: a full bundle of the longest entries. */
const MOST_BYTES = 256 * 65_537;

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

/** A log in a folder: an export, or the object store's own `log/<archive>` where it is a folder or was copied. */
export function folderSource(folder: string): LogSource {
  const list = async (path: string): Promise<string[]> => {
    try {
      return (await readdir(join(folder, path))).sort();
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  };
  return {
    list,
    logs: async () => (await list('')).filter((name) => LOG_NAME.test(name)),
    read: async (path) => readWhole(join(folder, path)),
  };
}

/**
 * Reads a file without going through the threads that files are read by elsewhere: handing it over costs five times as much as reading it,
 * and a verifier has nothing else to do meanwhile.
 */
function readWhole(path: string): Buffer | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    const { size } = fstatSync(file);
    if (size > MOST_BYTES) throw new CodedError('invalid_request', { detail: `${path} is too long` });
    const bytes = Buffer.allocUnsafeSlow(size);
    let at = 0;
    for (let got = 1; got > 0 && at < size; at += got) got = readSync(file, bytes, at, size - at, null);
    return bytes.subarray(0, at);
  } finally {
    closeSync(file);
  }
}

/** A log that a web server gives out; its file `logs` names the years, a line each. Nothing but checkpoints can be listed: `checkpoints/list`. */
export function urlSource(url: string): LogSource {
  const base = url.endsWith('/') ? url : `${url}/`;
  const read = async (path: string): Promise<Buffer | undefined> => {
    const answer = await fetch(new URL(path, base), { signal: AbortSignal.timeout(30_000) });
    if (answer.status === 404) return undefined;
    if (!answer.ok) throw new CodedError('store_unavailable', { detail: `${answer.status} for ${path}` });
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (bytes.length > MOST_BYTES) throw new CodedError('store_unavailable', { detail: `${path} is too long` });
    return bytes;
  };
  const lines = async (path: string): Promise<string[]> =>
    ((await read(path))?.toString('utf8') ?? '')
      .split('\n')
      .filter((line) => /^[A-Za-z0-9_.-]+$/.test(line))
      .sort();
  return { read, ahead: AHEAD, logs: async () => (await lines('logs')).filter((name) => LOG_NAME.test(name)), list: (path) => lines(`${path}/list`) };
}
