import { buffer } from 'node:stream/consumers';
import test from 'ava';
import { appraisalReport, exportAppraisal, exportRegister, listAppraisals, registerForm, viewRegister } from '../../src/disposition/index.js';
import { sql } from '../../src/db/index.js';
import { why } from '../support/why.js';
import { crew, register, type Crew } from './support/way.js';

let people: Crew;
test.before(async () => {
  people = await crew();
});
test.after.always(() => people.world.close());

test.serial('forms 7 and 8 are signed documents, made once for each list and stage, kept, and opening them is on record', async (t) => {
  const { deps } = people.world;
  const one = await register(people, 'approving', 2);
  const [appraisal] = (await listAppraisals(deps, people.manager)).items;
  const report = await appraisalReport(deps, people.manager, appraisal?.id ?? '');
  const first = await buffer(report.body);
  t.is(first.subarray(0, 5).toString(), '%PDF-');
  t.true(first.includes('/ByteRange'), 'signed');
  t.deepEqual(await buffer((await appraisalReport(deps, people.head, appraisal?.id ?? '')).body), first, 'the very document');
  const cut = await appraisalReport(deps, people.head, appraisal?.id ?? '');
  deps.streams.stop(people.head.accountId ?? '');
  await t.throwsAsync(buffer(cut.body), undefined, 'it stops with the role or session');
  const form = await buffer((await registerForm(deps, people.manager, one.id)).body);
  t.true(form.includes('/ByteRange') && form.includes(`${(await viewRegister(deps, people.manager, one.id)).number}.json`));
  t.deepEqual(await buffer((await registerForm(deps, people.maker, one.id)).body), form);
  const later = await register(people, 'checked', 1);
  const checked = await buffer((await registerForm(deps, people.outsider, later.id)).body);
  t.notDeepEqual(checked, form);
  t.is(await why(registerForm(deps, people.head, later.id)), 'not_found', 'no part in it');
  const draft = await register(people, 'draft', 1);
  t.is(await why(registerForm(deps, people.maker, draft.id)), 'wrong_state');
  const { n } = await deps.db.one<{ n: number }>(sql`select count(*)::int as n from disposition_papers`);
  t.is(n, 3);
});

test.serial('exports hold every row, and no title of a record that the reader may not find', async (t) => {
  const { deps } = people.world;
  const one = await register(people, 'frozen', 3);
  const all = await exportRegister(deps, people.manager, one.id);
  t.is(all.items.length, 3);
  t.true(all.items.every((item) => item.title !== null && item.ground === '保管期满'));
  const [appraisal] = (await listAppraisals(deps, people.manager)).items;
  t.is((await exportAppraisal(deps, people.manager, appraisal?.id ?? '')).items.length, 3);
  t.is(await why(exportAppraisal(deps, people.outsider, appraisal?.id ?? '')), 'not_found');
});
