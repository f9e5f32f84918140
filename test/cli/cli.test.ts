import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { explain, languageOf } from '../../src/cli/terminal.js';
import { CodedError, invalidField } from '../../src/errors/index.js';
import { phrasesFor } from '../../src/phrases/index.js';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));

function lantai(words: string[], env: Record<string, string> = {}): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...words], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], LANG: 'en_US.UTF-8', ...env },
  });
  return { status, out: stdout, err: stderr };
}

test('the terminal speaks Chinese unless its locale says otherwise', (t) => {
  t.is(languageOf({}), 'zh');
  t.is(languageOf({ LANG: 'zh_CN.UTF-8' }), 'zh');
  t.is(languageOf({ LANG: 'en_GB.UTF-8' }), 'en');
  t.is(languageOf({ LANG: 'zh_CN.UTF-8', LC_ALL: 'C.UTF-8' }), 'en');
});

test('an error of ours is told with what to do; any other says nothing of what it was fed', (t) => {
  for (const lang of ['zh', 'en'] as const) {
    const phrases = phrasesFor(lang);
    t.true(explain({ phrases }, new CodedError('disk_full'))[1]?.includes(phrases.errors.disk_full.todo));
    t.true(explain({ phrases }, invalidField('LANTAI_PORT', 'not_a_number'))[1]?.includes(phrases.fieldErrors.not_a_number));
    t.deepEqual(explain({ phrases }, new Error('张三 13912345678')), [phrases.cli.unexpected]);
  }
});

test('a wrong configuration ends a command with its reason and no stack', (t) => {
  const { status, err } = lantai(['migrate'], { LANTAI_PORT: 'many', LANTAI_PROT: '1' });
  t.is(status, 1);
  t.true(err.includes('LANTAI_PORT') && err.includes('LANTAI_PROT'));
  t.false(err.includes('    at '));
});

test('migrate makes the schema of an empty data folder, and says when there is nothing to do', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lantai-cli-'));
  chmodSync(folder, 0o755);
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const env = { LANTAI_DATA: join(folder, 'data') };
  const first = lantai(['migrate'], env);
  t.is(first.status, 0, first.err);
  t.regex(first.out, /migrations? applied/);
  t.regex(lantai(['migrate'], env).out, /up to date/);
});
