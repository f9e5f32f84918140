import { buffer } from 'node:stream/consumers';
import test from 'ava';
import { sql } from '../../../src/db/index.js';
import { appraisalReport, begin, carry, listAppraisals, registerForm, witness } from '../../../src/disposition/index.js';
import { pdfText } from '../../support/pdf.js';
import { crew, register, type Crew } from '../support/way.js';
import { DAY, type Execution, testExecution } from './support.js';

let people: Crew;
let world: Execution;
test.before(async () => {
  people = await crew();
  world = await testExecution({ archive: people.world.archive });
});
test.after.always(async () => {
  await world.close();
  await people.world.close();
});

test.serial('R67, R71: forms 7 and 8 are sealed with their titles before execution clears them, though nobody ever asked for them', async (t) => {
  const { deps, archive } = { deps: people.world.deps, archive: people.world.archive };
  const one = await register(people, 'checked', 2);
  const { number } = await deps.db.one<{ number: string }>(sql`select number from destruction_registers where id = ${one.id}`);
  archive.clock.now = new Date(archive.clock.now.getTime() + 8 * DAY);
  await begin(world.deps, { ...people.executor, shownAt: archive.clock.now }, { register: one.id, number });
  t.deepEqual(await carry(world.deps, one.id), { state: 'executed' });
  const { titles } = await deps.db.one<{ titles: number }>(
    sql`select count(*)::int as titles from records where id = any (${one.records}::uuid[]) and title <> ''`,
  );
  t.is(titles, 0);
  const kept = await deps.db.many<{ kind: string }>(sql`
    select p.kind from disposition_papers p where p.made_at <= (select done_at from destruction_steps where register_id = ${one.id} and step = 'ledger') order by 1`);
  t.deepEqual(
    kept.map((row) => row.kind),
    ['appraisal', 'register'],
  );
  const form = await buffer((await registerForm(deps, people.manager, one.id)).body);
  const [appraisal] = (await listAppraisals(deps, people.manager)).items;
  const report = await buffer((await appraisalReport(deps, people.manager, appraisal?.id ?? '')).body);
  t.true(form.includes('/ByteRange') && report.includes('/ByteRange'), 'signed');
  for (const pdf of [form, report]) {
    const words = pdfText(pdf)?.replaceAll(' ', '');
    if (words === undefined) t.log('skipped: needs pdftotext');
    else t.true(words.includes('晚间频繁掉线'), 'the titles are in it');
  }
  for (const who of [people.outsider, people.insider]) await witness(world.deps, { ...who, shownAt: archive.clock.now }, one.id);
  t.deepEqual(await buffer((await registerForm(deps, people.manager, one.id)).body), form, 'closed, it is the same document');
  t.is((await deps.db.one<{ n: number }>(sql`select count(*)::int as n from disposition_papers`)).n, 2);
  t.deepEqual(world.troubles, []);
});
