import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout's folder, from `dist/test/support`. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

export interface Source {
  /** From the checkout's root, with forward slashes. */
  path: string;
  text: string;
  lines: number;
  imports: string[];
}

const IMPORT = /(?:^|\n)\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

/** Comments cut out, so that what they quote is not taken for code. Strings that hold `//` keep what comes after a colon. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`\\/])\/\/[^\n]*/g, '$1');
}

/** Every TypeScript file below a folder of the checkout. */
export function sources(folder: string): Source[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => {
      const full = join(entry.parentPath, entry.name);
      const text = readFileSync(full, 'utf8');
      const code = withoutComments(text);
      return {
        path: full.slice(ROOT.length).split(sep).join('/'),
        text,
        lines: text.split('\n').length - 1,
        imports: [...code.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? ''),
      };
    });
}

/** The path, from the root and without its ending, that a relative import names. */
export function resolveImport(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '');
}
