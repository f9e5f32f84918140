import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { errorsMarkdown } from '../../scripts/docs/errors.js';
import { createProgram } from '../../src/cli/program.js';
import { openTerminal } from '../../src/cli/terminal.js';
import { envExample } from '../../src/config/index.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const PAGES = ['README.md', 'README.zh-CN.md', 'docs/production.md', 'docs/production.zh-CN.md', 'docs/errors.md'];

test('docs/errors.md lists every code as people see it (npm run docs writes it)', (t) => {
  t.is(read('docs/errors.md'), errorsMarkdown());
});

test('both READMEs name every setting and every command', (t) => {
  const settings = [...envExample().matchAll(/^#([A-Z][A-Z0-9_]+)=/gm)].map((match) => match[1] ?? '');
  const commands = createProgram(openTerminal({})).commands.map((one) => one.name());
  t.true(settings.length > 20 && commands.length > 5);
  for (const file of ['README.md', 'README.zh-CN.md']) {
    const text = read(file);
    t.deepEqual(
      settings.filter((name) => !text.includes(`\`${name}\``)),
      [],
      file,
    );
    t.deepEqual(
      commands.filter((name) => !new RegExp(`\`lantai ${name}\\b`).test(text)),
      [],
      file,
    );
  }
});

test('every link from a page to a file of the project leads somewhere', (t) => {
  for (const page of PAGES) {
    const links = [...read(page).matchAll(/\]\(([^)#\s]+)[^)]*\)|src="([^"]+)"/g)].map((match) => match[1] ?? match[2] ?? '');
    const local = links.filter((link) => !/^[a-z]+:|^\//.test(link));
    t.deepEqual(
      local.filter((link) => !existsSync(join(ROOT, dirname(page), link))),
      [],
      page,
    );
  }
});
