import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const FILE = new URL('../../../../assets/passwords/leaked.txt.gz', import.meta.url);

let list: ReadonlySet<string> | undefined;

/** The passwords met most often in leaks, in lower case; read once, when a password is first chosen. */
export function leakedPasswords(): ReadonlySet<string> {
  list ??= new Set(gunzipSync(readFileSync(FILE)).toString('utf8').split('\n').filter(Boolean));
  return list;
}

/** Whether these very signs, in lower case, are among them. */
export function isLeaked(lower: string): boolean {
  return leakedPasswords().has(lower);
}
