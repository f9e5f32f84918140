import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { parse } from 'csv-parse/sync';
import { runImportCommand, type ImportArgs } from '../../../src/records/import/index.js';
import { testActor } from '../../support/audit.js';
import { importWorld } from './world.js';

const MAPPINGS = fileURLToPath(new URL('../../../../policies/mappings/', import.meta.url));
const HEADER = '服务编号,服务日期,服务人员,客户编号,服务内容,服务结果,客户签名,服务评价,多余';

test('lantai import: dry run, import with reject file, again, and a broken file', async (t) => {
  const w = await importWorld();
  const folder = await mkdtemp(join(tmpdir(), 'intake-command-'));
  t.teardown(async () => {
    await w.close();
    await rm(folder, { recursive: true });
  });
  const file = join(folder, 'a.csv');
  const rejects = join(folder, 'rejects.csv');
  await writeFile(file, [HEADER, 'A-1,2026-03-01,王敏,C-1,咨询,已答复,本人,5,', 'A-2,没有,王敏,"=HYPERLINK(""x"")",咨询,已答复,本人,5,'].join('\n'));
  const phases: string[] = [];
  const command = async (args: Partial<ImportArgs>, lang: 'zh' | 'en' = 'zh'): Promise<[number, string]> => {
    const lines: string[] = [];
    const code = await runImportCommand(
      w.deps,
      testActor(),
      { file, ...args },
      { lang, mappings: MAPPINGS, line: (one) => void lines.push(one), progress: (one) => void phases.push(one.phase) },
    );
    return [code, lines.join('\n')];
  };

  const [dryCode, dry] = await command({ dryRun: true });
  t.is(dryCode, 3);
  t.regex(dry, /试运行/);
  t.regex(dry, /行号 3: .*受理时间|行号 3: .*服务日期/);
  t.regex(dry, /未取用的列: 多余/);
  t.is(w.archive.size, 0);

  const [code, said] = await command({ rejects, set: ['source=old', 'department=hotline'] });
  t.is(code, 3);
  t.regex(said, /核对：2 = 1 \+ 1/);
  t.deepEqual([...w.archive.keys()], ['old/A-1']);
  t.is((await stat(rejects)).mode & 0o777, 0o600);
  const [head, first] = parse(await readFile(rejects), { bom: true });
  t.deepEqual(head?.slice(0, 6), ['行号', '字段', '代码', '问题', 'What is wrong', '服务编号']);
  t.is(first?.[0], '3');
  t.is(first?.[2], 'not_a_time');
  t.is(first?.[8], `'=HYPERLINK("x")`);

  const [, again] = await command({ rejects, set: ['source=old', 'department=hotline'] }, 'en');
  t.regex(again, /Archived before, the same: 1/);
  t.regex(again, /exists already/);
  t.true(phases.includes('checking') && phases.includes('taking'));

  t.like(await command({ mapping: 'baltimore-311' }), { 0: 1 });
  t.regex((await command({ mapping: 'baltimore-311' }))[1], /整份拒收：缺少映射需要的列/);
  t.regex((await command({ mapping: 'nothing-there' }, 'en'))[1], /no such mapping/);
  t.regex((await command({ file: join(folder, 'gone.csv') }, 'en'))[1], /no such file/);
});
