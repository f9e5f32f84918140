import test from 'ava';
import { sql } from '../../src/db/index.js';
import { isCoded } from '../../src/errors/index.js';
import { applyForReading, decideRequest, type RequestsDeps } from '../../src/requests/index.js';
import { archiveDay } from '../support/day.js';
import { office, type Office } from './support/office.js';

let o: Office;
test.before(async (t) => {
  t.timeout(120_000);
  o = await office();
});
test.after.always(() => o?.close());

test.serial('R42: rules that ask for a further step by the last agreement, or a record that moved to another department: nothing is granted', async (t) => {
  const [agent, manager] = [o.hire('agent'), o.hire('records_manager', 'archive')];
  const record = await o.record();
  const day = (n: number): string => archiveDay(n, o.archive.clock.now);
  const asked = { purpose: 'dispute', reason: '客户投诉升级', form: 'view', from: day(0), to: day(5) } as const;
  const made = await applyForReading(o.deps, agent, { ...asked, records: [record] });
  const agree = (deps: RequestsDeps): Promise<string> =>
    decideRequest(deps, manager, { requestId: made.id, step: 0, agree: true, reason: '同意' }).then(
      (one) => one.state,
      (error: unknown) => (isCoded(error) ? error.code : String(error)),
    );
  const rules = o.deps.rules();
  const internal = rules.requests.get('internal');
  const confidential = rules.requests.get('confidential');
  if (!internal || !confidential) return t.fail('no rules');
  const stricter = { ...rules, requests: new Map([...rules.requests, ['internal', { ...internal, steps: [...internal.steps, ...confidential.steps] }]]) };
  const changed = { ...o.deps, rules: () => stricter as typeof rules };
  t.is(await agree(changed), 'conflict');
  const { owner } = o.archive.database;
  const move = async (to: string): Promise<void> => {
    await owner.run(sql`alter table records disable trigger user`);
    await owner.run(sql`update records set department = ${to} where id = ${record}`);
    await owner.run(sql`alter table records enable trigger user`);
  };
  await move('field');
  t.is(await agree(o.deps), 'conflict');
  await move('hotline');
  t.is(await agree(o.deps), 'approved');
});
