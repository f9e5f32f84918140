import { Readable } from 'node:stream';
import test from 'ava';
import type { Actor } from '../../src/audit/index.js';
import { newId, sql } from '../../src/db/index.js';
import { watchGrants } from '../../src/records/index.js';
import { applyForReading, decideRequest, openPaper, papersOver, viewRequest } from '../../src/requests/index.js';
import { archiveDay } from '../support/day.js';
import { why } from '../support/why.js';
import { office, type Office } from './support/office.js';

let o: Office;
let clerk: Actor;
let head: Actor;

test.before(async (t) => {
  t.timeout(120_000);
  o = await office();
  clerk = o.hire('records_clerk', 'archive');
  head = o.hire('supervisor');
  o.hire('records_manager', 'archive');
  o.hire('executive', 'office');
});
test.after.always(async () => {
  await o?.close();
});

/** An application of somebody from outside, whose letter is large enough not to have left before anything else happens. */
async function applied(): Promise<{ requestId: string; paperId: string }> {
  const day = (n: number): string => archiveDay(n, o.archive.clock.now);
  const paper = (kind: 'letter' | 'identity') => ({
    kind,
    name: `${kind}.txt`,
    type: 'text/plain',
    body: Readable.from([Buffer.alloc(4_000_000, 'x')], { objectMode: false }),
  });
  const asked = { purpose: 'dispute', reason: '诉讼', form: 'view' as const, from: day(0), to: day(5), records: [await o.record()] };
  const outsider = { name: '赵律师', organisation: '某某律师事务所' };
  const disclosure = { basis: 'separate_consent', reference: '同意书 12 号', assessment: 'PIA-2026-7' };
  const { id } = await applyForReading(o.deps, clerk, { ...asked, outsider, disclosure }, [paper('letter'), paper('identity')]);
  return { requestId: id, paperId: (await viewRequest(o.deps, head, id)).papers[0]?.id ?? '' };
}

const broken = (running: { body: Readable }): Promise<boolean> =>
  new Promise((resolve) => running.body.once('close', () => resolve(!running.body.readableEnded)));
const answer = (requestId: string): Promise<unknown> => decideRequest(o.deps, head, { requestId, step: 0, agree: true, reason: '同意' });

test.serial('R103: a paper of somebody from outside stops in the middle once its step is answered, or its reader’s account or session ends', async (t) => {
  const watched = await watchGrants(o.archive.deps, (ids) => papersOver(o.deps, ids));
  const asked = await applied();
  const session = { ...head, sessionId: newId() };
  const first = await openPaper(o.deps, session, asked);
  o.deps.streams.stop(session.sessionId);
  t.true(await broken(first), 'the session');
  const second = await openPaper(o.deps, head, asked);
  t.deepEqual(await papersOver(o.deps, [asked.requestId]), []);
  const ended = broken(second); // heard from now on: the word of it may be here before the answer is
  await answer(asked.requestId);
  t.true(await ended, 'the step');
  t.deepEqual(await papersOver(o.deps, [asked.requestId]), [asked.requestId], 'also where the word of it was missed');
  await watched.close();
});

test.serial('R103: whether a paper may be opened is asked in the transaction of its entry: an answer that is quicker is not overtaken', async (t) => {
  const asked = await applied();
  const { app } = o.archive.database;
  let opening: Promise<unknown> | undefined;
  await app.tx(async (tx) => {
    await tx.one(sql`select id from requests where id = ${asked.requestId} for update`);
    opening = why(openPaper(o.deps, head, asked));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const [entry] = await o.archive.database.owner.many(
      sql`select 1 from audit_pending where entry like '%request.paper%' and entry like ${`%${asked.requestId}%`}`,
    );
    t.is(entry, undefined, 'nothing is said to be opened while somebody holds the application');
  });
  t.not(await opening, 'not_found');
});
