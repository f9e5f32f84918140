import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { readYaml } from '../config/index.js';
import { canonicalJson } from '../crypto/index.js';
import { CodedError } from '../errors/index.js';

/** A rule file: content that was checked, with its name and its digest. */
export type Versioned<T> = Readonly<T> & { readonly digest: string; readonly name: string };

/** Every version of a kind of rule file, in rising order. */
export interface VersionedSet<T> {
  readonly versions: readonly Versioned<T>[];
  readonly newest: Versioned<T>;
}

/** Validates one file; refuses with `policy_invalid`, never with a guess. */
export function parseVersioned<T extends { id: string; version: string }>(schema: z.ZodType<T>, data: unknown, file: string): Versioned<T> {
  const read = schema.safeParse(data);
  if (!read.success) {
    const first = read.error.issues[0];
    throw new CodedError('policy_invalid', { detail: `${file}: ${first?.path.join('.') ?? ''} ${first?.message ?? ''}` });
  }
  const digest = `sha256:${createHash('sha256').update(canonicalJson(read.data)).digest('hex')}`;
  return Object.freeze({ ...read.data, digest, name: `${read.data.id}@${read.data.version}` });
}

/** Reads all versions of a folder (`<version>.yaml`). One bad file refuses everything, and so does an empty folder. */
export async function loadVersioned<T extends { id: string; version: string }>(schema: z.ZodType<T>, folder: string): Promise<VersionedSet<T>> {
  const files = (await readdir(folder).catch(() => [] as string[])).filter((file) => file.endsWith('.yaml')).sort();
  const versions: Versioned<T>[] = [];
  for (const file of files) {
    const data = await readYaml(join(folder, file)).catch((cause: unknown) => {
      throw new CodedError('policy_invalid', { detail: `${file}: not readable as YAML`, cause });
    });
    const one = parseVersioned(schema, data, file);
    if (`${one.version}.yaml` !== file) throw new CodedError('policy_invalid', { detail: `${file}: named after another version than ${one.version}` });
    versions.push(one);
  }
  const newest = versions.at(-1);
  if (!newest) throw new CodedError('policy_invalid', { detail: `no file in ${folder.split('/').at(-1) ?? ''}` });
  return Object.freeze({ versions, newest });
}
