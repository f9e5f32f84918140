import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readYaml } from '../config/index.js';
import { CodedError } from '../errors/index.js';
import { policySet } from './policy-set.js';
import type { PolicySet } from './policy-set.js';

/** The files of a folder by name, each replaced by the one of the same name in a profile's folder. */
async function overlaid(base: string, own: string): Promise<unknown[]> {
  const paths = new Map((await yamlFiles(base)).map((file) => [file, join(base, file)]));
  for (const file of await yamlFiles(own)) if (file !== 'profile.yaml') paths.set(file, join(own, file));
  const documents: unknown[] = [];
  for (const path of paths.values()) documents.push(await readYaml(path));
  return documents;
}

const orNothing = (error: NodeJS.ErrnoException): string[] => {
  if (error.code === 'ENOENT') return [];
  throw error;
};

async function yamlFiles(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(orNothing)).filter((file) => file.endsWith('.yaml')).sort();
}

/**
 * Reads the rules as they lie in `policies`: `roles/<role>.yaml`, where `profiles/<profile>/<role>.yaml` replaces the file
 * of the same name, `requests/<kind>.yaml` likewise, and `profiles/<profile>/profile.yaml`. Where people sign on
 * elsewhere, `signOnFile` says what their groups mean. Anything missing, unreadable or wrong is `policy_invalid`.
 */
export async function readPolicies(folder: string, profile: string, signOnFile?: string): Promise<PolicySet> {
  if (!/^[a-z]{1,20}$/.test(profile)) throw new CodedError('policy_invalid', { detail: 'not a profile’s name' });
  const own = join(folder, 'profiles', profile);
  try {
    const roles = await overlaid(join(folder, 'roles'), own);
    const requests = await overlaid(join(folder, 'requests'), join(own, 'requests'));
    return policySet({
      profile: await readYaml(join(own, 'profile.yaml')),
      roles,
      ...(requests.length === 0 ? {} : { requests }),
      ...(signOnFile === undefined ? {} : { signOn: await readYaml(signOnFile) }),
    });
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    throw new CodedError('policy_invalid', { detail: `policies of the profile ${profile} cannot be read`, cause });
  }
}

/** Names of the profiles that lie in the folder. */
export async function profilesIn(folder: string): Promise<string[]> {
  const entries = await readdir(join(folder, 'profiles'), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}
