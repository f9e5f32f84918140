import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import test from 'ava';
import { isGone, ownPrefix, sweepLeftovers } from './leftovers.js';

test('a test has a temporary folder of its own, within the one that all share', (t) => {
  const shared = process.env['LANTAI_TEST_SHARED'] ?? '';
  t.true(basename(tmpdir()).startsWith(ownPrefix('test')));
  t.true(readdirSync(shared).includes(basename(tmpdir())));
});

test('only the folders of processes that are gone are swept', (t) => {
  const place = mkdtempSync(join(tmpdir(), 'sweep-'));
  const { pid } = spawnSync(process.execPath, ['--version']);
  t.true(isGone(pid));
  t.false(isGone(process.pid));
  const swept = [`${ownPrefix('test', pid)}AbCd12`, `${ownPrefix('bench', pid)}AbCd12`];
  const kept = [`${ownPrefix('test')}AbCd12`, 'lantai-test-0123456789', `lantai-test-p1-${pid}-AbCd12`, `lantai-test-${pid}-AbCd12`, 'somebody'];
  for (const name of [...swept, ...kept]) mkdirSync(join(place, name, 'deep'), { recursive: true });
  sweepLeftovers(place);
  for (const name of swept) t.false(existsSync(join(place, name)), name);
  for (const name of kept) t.true(existsSync(join(place, name, 'deep')), name);
});
