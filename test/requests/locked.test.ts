import { Readable } from 'node:stream';
import test from 'ava';
import { revokeGrant } from '../../src/access/index.js';

import { systemActor, type Actor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import { capture, readContent, returnReading } from '../../src/records/index.js';
import {
  applyForReading,
  beginVisit,
  decideRequest,
  endVisit,
  keepVisits,
  listNotices,
  showToVisitor,
  viewVisit,
  type SiteDeps,
} from '../../src/requests/index.js';
import { testDraft } from '../support/archive.js';
import { office, type Office } from './support/office.js';
import { lockedTo, signedInAt } from './support/screen.js';

const MINUTE = 60_000;
let o: Office;
let deps: SiteDeps;
let clerk: Actor;
let approvers: Actor[];
let record: string;

test.before(async (t) => {
  t.timeout(120_000);
  o = await office();
  deps = { ...o.archive.deps, ...o.deps };
  clerk = { ...o.hire('records_clerk', 'archive'), granted: true };
  approvers = [o.hire('supervisor'), o.hire('records_manager', 'archive'), o.hire('executive', 'office')];
  record = (await capture(deps, o.archive.person('agent'), { draft: testDraft({}), files: [] } as unknown as Parameters<typeof capture>[2])).id;
});
test.after.always(async () => {
  await o?.close();
});

const paper = (kind: 'letter' | 'identity') => ({ kind, name: `${kind}.txt`, type: 'text/plain', body: Readable.from([Buffer.from(kind)]) });
interface Begun {
  request: string;
  id: string;
  endsAt: Date;
  at: Actor;
  reading: string;
}

async function begun(minutes = 30): Promise<Begun> {
  const day = (n: number): string => new Date(o.archive.clock.now.getTime() + n * 86_400_000).toISOString().slice(0, 10);
  const disclosure = { basis: 'separate_consent', reference: '同意书', assessment: 'PIA-1' } as const;
  const asked = {
    purpose: 'dispute',
    reason: '诉讼',
    form: 'view',
    from: day(-1),
    to: day(5),
    records: [record],
    outsider: { name: '赵律师' },
    disclosure,
  } as const;
  const { id: request } = await applyForReading(o.deps, clerk, { ...asked, records: [...asked.records] }, [paper('letter'), paper('identity')]);
  for (const [step, actor] of approvers.entries()) await decideRequest(o.deps, actor, { requestId: request, step, agree: true, reason: '同意' });
  const screen = await signedInAt(o.archive, clerk);
  const { id, endsAt } = await beginVisit(deps, screen, request, { place: '2 号屏', identityChecked: true, minutes });
  const at = lockedTo(screen, id, request);
  const { readingId } = await showToVisitor(deps, at, { visitId: id, recordId: record });
  return { request, id, endsAt, at, reading: readingId };
}

const facts = (of: string) =>
  o.archive.database.owner.many<{ act: string; facts: Record<string, unknown> }>(
    sql`select e::jsonb ->> 'act' as act, e::jsonb -> 'facts' as facts from (select entry as e from audit_entries union all select entry from audit_pending) x
      where e::jsonb -> 'facts' ->> 'visit' = ${of}`,
  );
const sessionOf = (visit: string) =>
  o.archive.database.owner.one<{ expires_at: Date; ended_at: Date | null; end_reason: string | null }>(
    sql`select expires_at, ended_at, end_reason from sessions where locked_to = ${visit}`,
  );
const readingState = (id: string) => o.archive.database.owner.one<{ state: string }>(sql`select state from readings where id = ${id}`);
/** Sessions and visits without the demand for an entry: what is left are the guards of the lock itself. */
async function unaudited(work: () => Promise<void>): Promise<void> {
  const { superuser } = o.archive.database;
  await superuser.run(sql`alter table sessions disable trigger audit_required`);
  await superuser.run(sql`alter table site_visits disable trigger site_visits_audited`);
  await superuser.run(sql`alter table readings disable trigger readings_audited`);
  try {
    await work();
  } finally {
    await superuser.run(sql`alter table sessions enable trigger audit_required`);
    await superuser.run(sql`alter table site_visits enable trigger site_visits_audited`);
    await superuser.run(sql`alter table readings enable trigger readings_audited`);
  }
}

test.serial('R42: the lock stands in the database: not taken off, not moved, not lengthened, one session for a visit', async (t) => {
  const one = await begun(30);
  const other = await begun(30);
  const spare = await signedInAt(o.archive, clerk);
  const stranger = await signedInAt(o.archive, o.hire('records_clerk', 'archive'));
  t.deepEqual((await sessionOf(one.id)).expires_at, one.endsAt, 'it ends with the time of the visit');
  const run = (change: ReturnType<typeof sql>) => o.archive.database.app.run(change);
  const kept = { message: /does not move|stays locked|not a session for this visit|is locked once/ };
  await unaudited(async () => {
    for (const change of [
      sql`update sessions set locked_to = null where locked_to = ${one.id}`,
      sql`update sessions set locked_to = ${other.id} where locked_to = ${one.id}`,
      sql`update sessions set expires_at = expires_at + interval '1 minute' where locked_to = ${one.id}`,
      sql`update sessions set locked_to = ${one.id} where id = ${stranger.sessionId}`,
    ])
      await t.throwsAsync(run(change), kept);
    await t.throwsAsync(run(sql`update sessions set locked_to = ${one.id} where id = ${spare.sessionId}`), { message: /sessions_locked/ });
    await t.throwsAsync(
      run(
        sql`insert into sessions (id, token_hash, account_id, device, created_at, used_at, expires_at, locked_to)
          select gen_random_uuid(), sha256('x'), account_id, device, created_at, used_at, expires_at, ${one.id}::uuid from sessions where id = ${spare.sessionId}`,
      ),
      kept,
    );
    // one ends with the other
    await run(sql`update sessions set ended_at = now(), end_reason = 'disabled' where locked_to = ${one.id}`);
  });
  t.like(await viewVisit(deps, clerk, one.id), { state: 'ended', brokenOff: 'disabled' });
  t.is((await readingState(one.reading)).state, 'expired');
  await unaudited(async () => {
    await t.throwsAsync(run(sql`update site_visits set state = 'open', ended_at = null, broken_off = null where id = ${one.id}`), { message: /ends once/ });
    await t.throwsAsync(run(sql`update site_visits set strayed = -1 where id = ${other.id}`));
  });
  await t.throwsAsync(showToVisitor(deps, one.at, { visitId: one.id, recordId: record }));
  t.is((await sessionOf(other.id)).ended_at, null);
});

test.serial(
  'R42, R43: time, an empty chair and the end of the grant break a visit off, once, with an entry that names visitor’s application and supervisor',
  async (t) => {
    const { clock } = o.archive;
    const start = clock.now;
    await keepVisits(deps, systemActor());
    const visits = { time: await begun(20), idle: await begun(60), grant: await begun(60) };
    await keepVisits(deps, systemActor());
    for (const one of Object.values(visits)) t.is((await viewVisit(deps, clerk, one.id)).state, 'open', 'nothing yet');
    const grant = await o.archive.database.owner.one<{ id: string }>(sql`select id from grants where request_id = ${visits.grant.request}`);
    await revokeGrant(deps, approvers[1] as Actor, { grantId: grant.id, reason: '误授' });
    await keepVisits(deps, systemActor());
    clock.now = new Date(start.getTime() + 14 * MINUTE);
    await o.archive.database.owner.run(sql`update sessions set used_at = ${clock.now} where locked_to = ${visits.time.id}`);
    await keepVisits(deps, systemActor());
    t.is((await viewVisit(deps, clerk, visits.idle.id)).state, 'open');
    clock.now = new Date(start.getTime() + 16 * MINUTE);
    await keepVisits(deps, systemActor());
    t.is((await viewVisit(deps, clerk, visits.time.id)).state, 'open', 'somebody is there');
    clock.now = new Date(start.getTime() + 21 * MINUTE);
    await keepVisits(deps, systemActor());
    t.deepEqual(await keepVisits(deps, systemActor()), { brokenOff: 0, told: 0 });
    for (const [why, one] of Object.entries(visits)) {
      t.like(await viewVisit(deps, clerk, one.id), { state: 'ended', brokenOff: why, signed: null, result: null });
      t.is((await sessionOf(one.id)).end_reason, 'visit');
      t.not((await readingState(one.reading)).state, 'open');
      await t.throwsAsync(readContent(deps, one.at, { readingId: one.reading, kind: 'view' }));
      const log = await facts(one.id);
      const broken = log.filter((each) => each.act === 'request.visit_broken');
      t.is(broken.length, 1, why);
      t.like(broken[0]?.facts, { why, supervisor: clerk.pseudonym });
      for (const act of ['reading.open', 'request.visit_show'])
        t.true(
          log.some((each) => each.act === act && each.facts['application'] === one.request),
          act,
        );
      t.is((await listNotices(deps, clerk)).filter((each) => each.kind === 'visit_broken' && each.requestId === one.request).length, 1);
    }
    clock.now = start;
  },
);

test.serial(
  'R42: a result ends it from the supervisor’s desk only with a password that was shown lately, at the screen only with one shown there',
  async (t) => {
    const one = await begun();
    const end = { result: 'solved', signed: true } as const;
    const stale = { ...clerk, shownAt: new Date(o.archive.clock.now.getTime() - 11 * MINUTE) };
    await t.throwsAsync(endVisit(deps, stale, one.id, end), { message: 'reauthentication_required' });
    await t.throwsAsync(
      endVisit(deps, { ...one.at, shownAt: o.archive.clock.now }, one.id, end),
      { message: 'reauthentication_required' },
      'what the caller says counts nothing',
    );
    await unaudited(async () => {
      await o.archive.database.owner.run(sql`update sessions set shown_at = ${o.archive.clock.now} where locked_to = ${one.id}`);
    });
    await endVisit(deps, one.at, one.id, end);
    t.like(await viewVisit(deps, clerk, one.id), { state: 'ended', result: 'solved', brokenOff: null });
    t.is((await sessionOf(one.id)).end_reason, 'visit');
    await t.throwsAsync(returnReading(deps, clerk, { readingId: one.reading, result: 'solved' }), { message: 'wrong_state' });
  },
);
