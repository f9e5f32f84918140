import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readYaml } from '../config/index.js';
import { canonicalJson } from '../crypto/index.js';
import { CodedError } from '../errors/index.js';
import { schemeContent } from './scheme.js';
import type { Scheme } from './scheme.js';

/** Every version of the scheme that the archive ever used. */
export interface SchemeSet {
  /** In rising order of version. */
  readonly versions: readonly Scheme[];
  readonly newest: Scheme;
  /** The version that a record was classified under (R18); throws `policy_invalid` when it is unknown. */
  get(version: string): Scheme;
}

/** Validates one scheme; refuses with `policy_invalid`, never with a guess. */
export function parseScheme(data: unknown, file = 'scheme'): Scheme {
  const read = schemeContent.safeParse(data);
  if (!read.success) {
    const first = read.error.issues[0];
    throw new CodedError('policy_invalid', { detail: `${file}: ${first?.path.join('.') ?? ''} ${first?.message ?? ''}` });
  }
  const digest = `sha256:${createHash('sha256').update(canonicalJson(read.data)).digest('hex')}`;
  return deepFreeze({ ...read.data, digest, name: `${read.data.id}@${read.data.version}` });
}

/**
 * Reads all versions of a folder (`policies/scheme/<version>.yaml`). One bad file refuses everything:
 * a scheme that is not understood must not leave the archive with an older one by accident.
 */
export async function loadSchemes(folder: string): Promise<SchemeSet> {
  const files = (await readdir(folder).catch(() => [] as string[])).filter((file) => file.endsWith('.yaml')).sort();
  const versions: Scheme[] = [];
  for (const file of files) {
    const scheme = parseScheme(await readFile(folder, file), file);
    if (`${scheme.version}.yaml` !== file) throw new CodedError('policy_invalid', { detail: `${file}: named after another version than ${scheme.version}` });
    versions.push(scheme);
  }
  const newest = versions.at(-1);
  if (!newest) throw new CodedError('policy_invalid', { detail: 'no scheme' });
  return Object.freeze({
    versions,
    newest,
    get(version: string) {
      const found = versions.find((one) => one.version === version);
      if (!found) throw new CodedError('policy_invalid', { detail: 'no such version of the scheme' });
      return found;
    },
  });
}

/** One version of a folder; the newest when none is named. */
export async function loadScheme(folder: string, version?: string): Promise<Scheme> {
  const set = await loadSchemes(folder);
  return version === undefined ? set.newest : set.get(version);
}

async function readFile(folder: string, file: string): Promise<unknown> {
  try {
    return await readYaml(join(folder, file));
  } catch (error) {
    throw new CodedError('policy_invalid', { detail: `${file}: not readable as YAML`, cause: error });
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const one of Object.values(value)) deepFreeze(one);
    Object.freeze(value);
  }
  return value;
}
