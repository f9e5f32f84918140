import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';

/** Reads a YAML 1.2 file as plain data. Duplicate keys are errors; the caller validates what comes out. */
export async function readYaml(path: string): Promise<unknown> {
  return parse(await readFile(path, 'utf8'), { version: '1.2', strict: true, uniqueKeys: true }) as unknown;
}
