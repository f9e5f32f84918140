import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import {
  decideOnBreak,
  exportLog,
  folderSource,
  originOf,
  proposeBreak,
  storedLogs,
  verifyPublished,
  viewBreaks,
  type CloseDeps,
} from '../../src/audit/index.js';
import { signCheckpoint } from '../../src/audit/log/note.js';
import { newId, sql } from '../../src/db/index.js';
import { testActor, testEntry } from '../support/audit.js';
import { hasPython, independentRun, scratch } from './published-support.js';
import { restorable, troubleOf, type Restorable } from './restore-support.js';

const YEAR = String(new Date().getUTCFullYear());
const python = await hasPython();
const SECURITY = testActor({ personId: '018f0000-0000-7000-8000-00000000ab01', pseudonym: 'p-security' });
const AUDIT = testActor({ personId: '018f0000-0000-7000-8000-00000000ab02', pseudonym: 'p-auditor' });

const closing = (made: Restorable, audit: CloseDeps['audit']): CloseDeps => ({
  db: made.database.app,
  audit,
  keystore: made.keystore,
  stored: storedLogs(made.store, made.keystore.archiveId),
  authorize: () => ({ policy: 'test' }),
  now: () => new Date(),
});

/** A log of which 300 entries were published and 200 more only signed, whose database was put back to a hundred. */
async function broken(t: ExecutionContext): Promise<{ made: Restorable; lost: string[] }> {
  const made = await restorable(t);
  const audit = await made.start();
  await made.add(audit, 100);
  await made.publish();
  await made.backup();
  await made.add(audit, 200);
  await made.publish();
  await made.add(audit, 200);
  await audit.stop();
  const heads = await made.database.owner.many<{ note: string }>(sql`select note from audit_heads where size > 301 order by size`);
  await made.restore();
  return { made, lost: heads.map((one) => one.note) };
}

/** What both verifiers say of the exported log. */
async function verified(t: ExecutionContext, made: Restorable, outside: readonly string[] = []) {
  const place = await scratch();
  try {
    const folder = join(place.path, 'log');
    const { database, keystore, store } = made;
    const { publicKey } = keystore.signingKey('audit-log');
    await exportLog({ db: database.owner, store, archiveId: keystore.archiveId, publicKey, originOf: (log) => originOf(keystore.archiveId, log) }, { folder });
    const files = await Promise.all(
      outside.map(async (note, i) => {
        const name = join(place.path, `kept-${i}`);
        await writeFile(name, note);
        return { name, note };
      }),
    );
    const report = await verifyPublished(folderSource(folder), { outside: files });
    if (python) {
      const other = await independentRun(
        folder,
        files.map((one) => one.name),
      );
      t.deepEqual(other.faults, report.faults.map((one) => `${one.kind} ${one.log} ${one.sequence ?? '-'}`).sort());
      t.is(other.code, report.whole ? (report.breaks.length > 0 ? 3 : 0) : 2);
      t.is(other.lines.filter((line) => line.startsWith('BREAK ')).length, report.breaks.length);
    }
    return report;
  } finally {
    await place.remove();
  }
}

test('R55: what is signed and nowhere any more is closed by two persons, and the next log says so', async (t) => {
  const { made, lost } = await broken(t);
  const audit = await made.start(undefined, { timeout: 20_000 });
  t.is(await troubleOf(audit), 'signer: the log is behind what was signed');
  t.is((await made.texts()).length, 301, 'what was published is written again first');
  const waiting = await made.database.app.tx((tx) => audit.append(tx, testEntry()));
  const deps = closing(made, audit);
  const { broken: state } = await viewBreaks(deps, SECURITY);
  t.like(state, { kind: 'behind', log: YEAR });
  t.deepEqual([state?.signed?.size, state?.published?.size, state?.held.size], [501n, 301n, 301n]);
  const id = await proposeBreak(deps, SECURITY, { reason: 'restore', words: 'The disk failed.' });
  await t.throwsAsync(proposeBreak(deps, AUDIT, { reason: 'restore', words: 'again' }), { code: 'conflict' });
  await t.throwsAsync(decideOnBreak(deps, SECURITY, id, true), { code: 'same_person' });
  const [refusal] = await made.database.owner.many<{ entry: string }>(sql`select entry from audit_pending where entry like '%"act":"log.break.agree"%'`);
  t.like(JSON.parse(refusal?.entry ?? '{}'), { decision: 'deny', actor: 'p-security', facts: { why: 'same_person' } });
  await decideOnBreak(deps, AUDIT, id, true);
  await t.throwsAsync(decideOnBreak(deps, AUDIT, id, false), { code: 'conflict' });
  t.is((await audit.settled(waiting)).log, `${YEAR}b`);
  await made.add(audit, 20);
  const opening = JSON.parse((await made.texts(`${YEAR}b`))[0] as string) as { act: string; facts: Record<string, unknown> };
  t.is(opening.act, 'log.break');
  t.like(opening.facts, { previous: YEAR, size: '301', signed: '501', published: '301', reason: 'restore' });
  t.deepEqual(opening.facts['persons'], ['p-security', 'p-auditor']);
  t.false(JSON.stringify(opening).includes('disk'), 'the words stand in the side row only');
  const stored = await made.whole(t);
  t.deepEqual(stored.breaks, [{ log: `${YEAR}b`, closed: YEAR, size: '301', lost: '501' }]);
  await made.publish();
  await audit.stop();
  const again = await made.start();
  t.is(await troubleOf(again), null, 'it goes on after another start');
  await made.add(again, 3);
  await t.throwsAsync(proposeBreak(closing(made, again), SECURITY, { reason: 'other', words: 'x' }), { code: 'conflict' });

  const report = await verified(t, made);
  t.true(report.whole);
  t.like(report.breaks, [{ log: `${YEAR}b`, closed: YEAR, size: 301n, signed: 501n, published: 301n, beyond: [] }]);
  const kept = await verified(t, made, lost);
  t.true(kept.whole, 'checkpoints of what the break says is lost are told of with it');
  t.is(kept.breaks[0]?.beyond.length, lost.length);
  const keys = made.keystore.signingKey('audit-log');
  const origin = originOf(made.keystore.archiveId, YEAR);
  const beyond = signCheckpoint({ origin, size: 502n, root: Buffer.alloc(32, 1) }, keys);
  t.deepEqual(
    (await verified(t, made, [beyond])).faults.map((one) => one.kind),
    ['short'],
    'one beyond what it says shows that it lies',
  );
  const other = signCheckpoint({ origin, size: 501n, root: Buffer.alloc(32, 1) }, keys);
  t.deepEqual(
    (await verified(t, made, [other])).faults.map((one) => one.kind),
    ['fork'],
  );
});

for (const step of ['taken', 'moved', 'signed', 'headed'] as const) {
  test(`R55: a kill after "${step}" while the log is closed leaves one break and no loss`, async (t) => {
    const { made } = await broken(t);
    let armed = false;
    let deaths = 0;
    const audit = await made.start(
      {
        step(at) {
          if (armed && at === step && deaths < 2) {
            deaths++;
            throw new Error('killed');
          }
        },
      },
      { timeout: 20_000 },
    );
    await troubleOf(audit);
    const deps = closing(made, audit);
    const id = await proposeBreak(deps, SECURITY, { reason: 'restore', words: 'x' });
    armed = true;
    await decideOnBreak(deps, AUDIT, id, true);
    await made.add(audit, 5);
    t.true(deaths >= 1);
    t.is((await made.whole(t)).breaks.length, 1);
    t.is((await made.texts()).filter((one) => one.includes('"act":"log.break"')).length, 1);
    t.true((await verified(t, made)).whole);
  });
}

test('R55: one person, a row written into the database, or a decision about another state close nothing', async (t) => {
  const { made } = await broken(t);
  const audit = await made.start(undefined, { timeout: 300 });
  await troubleOf(audit);
  const deps = closing(made, audit);
  const id = await proposeBreak(deps, SECURITY, { reason: 'restore', words: 'x' });
  const decide = (person: string | null) =>
    made.database.app.tx(async (tx) => {
      await audit.append(tx, testEntry());
      await tx.run(sql`update audit_breaks set decision = 'agreed', decided_at = now(), decided_person = ${person}, decided_pseudonym = 'p-x', seal = ${Buffer.alloc(32)}
        where id = ${id}`);
    });
  await t.throwsAsync(decide(SECURITY.personId), { message: /audit_breaks_two_persons/ });
  await t.throwsAsync(made.database.app.run(sql`delete from audit_breaks`), { message: /permission denied/ });
  await t.throwsAsync(
    made.database.app.run(sql`update audit_breaks set decision = 'refused', decided_at = now(), decided_person = ${newId()}, decided_pseudonym = 'p'`),
    {
      message: /without an audit entry/,
    },
  );
  await decide(AUDIT.personId); // two persons, but not sealed by the program
  t.is(await troubleOf(audit), 'signer: the log is behind what was signed');
  const pending = await made.database.app.tx((tx) => audit.append(tx, testEntry()));
  await t.throwsAsync(audit.settled(pending), { code: 'audit_unavailable' });
  const other = await proposeBreak(deps, SECURITY, { reason: 'restore', words: 'x' });
  await decideOnBreak(deps, AUDIT, other, false);
  t.is(await troubleOf(audit), 'signer: the log is behind what was signed');
  t.false((await made.texts()).some((one) => one.includes('log.break')));
});

test('R55: a proposal that was written into the database in another name is not agreed to', async (t) => {
  const { made } = await broken(t);
  const audit = await made.start(undefined, { timeout: 20_000 });
  await troubleOf(audit);
  const deps = closing(made, audit);
  const id = await proposeBreak(deps, AUDIT, { reason: 'restore', words: 'x' });
  const { owner } = made.database;
  await owner.run(sql`alter table audit_breaks disable trigger user`);
  await owner.run(sql`update audit_breaks set proposed_person = ${SECURITY.personId}, proposed_pseudonym = 'p-security' where id = ${id}`);
  await owner.run(sql`alter table audit_breaks enable trigger user`);
  t.is((await viewBreaks(deps, AUDIT)).breaks[0]?.words, '');
  await t.throwsAsync(decideOnBreak(deps, AUDIT, id, true), { code: 'conflict' });
  await decideOnBreak(deps, AUDIT, id, false);
  const other = await proposeBreak(deps, SECURITY, { reason: 'restore', words: 'x' });
  await decideOnBreak(deps, AUDIT, other, true);
  await made.add(audit, 1);
  t.is((await made.whole(t)).breaks.length, 1);
});

test('R55: a decision about one lost memory of the signer serves for no later one', async (t) => {
  const made = await restorable(t);
  const first = await made.start();
  await made.add(first, 10);
  await first.stop();
  const memory = join(made.keystore.folder, 'audit-signer');
  await rm(memory);
  const audit = await made.start(undefined, { timeout: 20_000 });
  await troubleOf(audit);
  await audit.stop();
  const deps = closing(made, audit);
  await decideOnBreak(deps, AUDIT, await proposeBreak(deps, SECURITY, { reason: 'other', words: 'x' }), true);
  await made.backup();
  const second = await made.start(undefined, { timeout: 20_000 });
  await made.add(second, 5);
  await made.publish();
  await second.stop();
  await rm(memory);
  const again = await made.start(undefined, { timeout: 300 });
  t.is(await troubleOf(again), 'signer: its memory is missing, yet the log was signed before');
  await again.stop();
  await made.restore(); // to a time before the new log was signed: the object store still has it
  const third = await made.start(undefined, { timeout: 300 });
  t.is(await troubleOf(third), 'signer: its memory is missing, yet the log was signed before');
  t.is((await made.texts(`${YEAR}b`)).length, 0);
});

test('R55: with the memory of the signer lost nothing is signed until two persons close the log', async (t) => {
  const made = await restorable(t);
  const first = await made.start();
  await made.add(first, 50);
  await made.publish();
  await first.stop();
  await rm(join(made.keystore.folder, 'audit-signer'));
  const audit = await made.start(undefined, { timeout: 20_000 });
  t.regex((await troubleOf(audit)) ?? '', /memory is missing/);
  const deps = closing(made, audit);
  t.like((await viewBreaks(deps, SECURITY)).broken, { kind: 'memory', signed: null });
  await decideOnBreak(deps, AUDIT, await proposeBreak(deps, SECURITY, { reason: 'other', words: 'The volume of the keystore was lost.' }), true);
  await made.add(audit, 5);
  await made.whole(t);
  const report = await verified(t, made);
  t.true(report.whole);
  t.like(report.breaks, [{ closed: YEAR, size: 51n, signed: null, published: 51n }]);
  t.truthy(await readFile(join(made.keystore.folder, 'audit-signer')));
});
