import { fold } from '../analyse/index.js';
import type { Vocabulary } from '../query/parse.js';
import type { SearchDeps } from './deps.js';

/** What the box understands now: synonyms, and departments by code or by name in either language. */
export async function vocabularyOf(deps: SearchDeps): Promise<Vocabulary> {
  const departments = await deps.departments();
  const byName = new Map<string, string>();
  for (const { code, names } of departments) for (const name of [names.en, names.zh, code]) byName.set(fold(name), code);
  // a record may come from a department that the archive does not list: any code is one
  const code = (text: string): string | undefined => (/^[\p{L}\p{N}_-]{1,40}$/u.test(text) ? text : undefined);
  return { synonyms: deps.synonyms, departmentOf: (text) => byName.get(fold(text)) ?? code(text) };
}
