import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { LogRuns, type RunsDeps, systemActor } from '../../src/audit/index.js';
import { sql, type Db } from '../../src/db/index.js';
import { testAudit, testEntry, type TestAudit } from '../support/audit.js';
import { testDatabase, type TestDatabase } from '../support/database.js';

const ENTRIES = 1_500;
const STEP = 300;
const MINUTE = 60_000;

let database: TestDatabase;
let log: TestAudit;
let ahead = 0;
const now = (): Date => new Date(Date.now() + ahead);
const troubles: string[] = [];
let bury: (reason: Error) => void = () => undefined;
/** Comes only when the tests are over, so that nothing stays open. */
const died = new Promise<never>((_, reject) => (bury = reject));
died.catch(() => undefined);

test.before(async () => {
  database = await testDatabase();
  log = await testAudit(database);
  for (let i = 0; i < ENTRIES / 50; i++) {
    await database.app.tx((tx) =>
      log.audit.appendMany(
        tx,
        Array.from({ length: 50 }, () => testEntry()),
      ),
    );
    await settled();
  }
});
test.after.always(async () => {
  bury(new Error('its process was lost'));
  await sleep(50);
  await log.stop();
  await database.close();
});

async function settled(): Promise<void> {
  while ((await database.owner.one<{ n: number }>(sql`select count(*)::int as n from audit_pending`)).n > 0) await sleep(5);
}

/** A database whose log comes in small pieces, and stops for good after so many of them; `seen` counts entries. */
function slow(pieces: number, seen: { entries: number }): Db {
  return new Proxy(database.app, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      if (key !== 'stream') return (value as (...args: unknown[]) => unknown).bind(target);
      return async function* (...args: Parameters<Db['stream']>) {
        let left = pieces;
        for await (const rows of target.stream(...args)) {
          for (let from = 0; from < rows.length; from += 100) {
            if (left-- <= 0) await died; // its process is as good as dead
            const piece = rows.slice(from, from + 100);
            if (piece[0] && 'leaf_hash' in piece[0]) seen.entries += piece.length;
            yield piece;
          }
        }
      };
    },
  });
}

const runsOf = (pieces = 1e9, seen = { entries: 0 }): LogRuns => {
  const deps: RunsDeps = {
    db: slow(pieces, seen),
    audit: log.audit,
    keystore: log.keystore,
    authorize: () => ({ policy: 'p' }),
    now,
    onTrouble: (reason) => void troubles.push(reason),
    step: STEP,
  };
  return new LogRuns(deps);
};
const newest = async () => (await runsOf().list(1))[0];
const state = () =>
  database.owner.one<{ state: Buffer | null; times: number }>(sql`select state, times from log_verifications order by started_at desc limit 1`);

/** Begins one whose process is lost in the middle, and lets it fall silent. */
async function lost(): Promise<number> {
  const seen = { entries: 0 };
  await runsOf(9, seen).start(systemActor());
  for (let i = 0; i < 500 && seen.entries < 900; i++) await sleep(10);
  for (let i = 0; i < 500 && (await state()).state === null; i++) await sleep(10);
  await sleep(50); // it has come to its end, which is none
  ahead += 3 * MINUTE;
  return seen.entries;
}

test.serial('R55: a verification whose process was lost goes on where it stopped, by one process alone, on record', async (t) => {
  t.is(await lost(), 900);
  const seen = { entries: 0 };
  const [one, other] = [runsOf(1e9, seen), runsOf(1e9, seen)];
  const took = await Promise.all([one.takeUpSilent(), other.takeUpSilent()]);
  t.deepEqual(took.toSorted(), [false, true]);
  await Promise.all([one.settled(), other.settled()]);
  const total = Number((await database.owner.one<{ n: bigint }>(sql`select max(size) as n from audit_heads`)).n);
  const run = await newest();
  t.is(run?.result, 'whole');
  t.true(seen.entries < total - 2 * STEP, `looked at ${seen.entries} of ${total} again`);
  t.true(Number(run?.entries) >= total - 5, 'the sums are those of all of it');
  t.like(await state(), { state: null, times: 2 });
  t.false(await one.takeUpSilent(), 'nothing is left');
  await settled();
  const told = await database.owner.many<{ step: string; entries: number }>(
    sql`select entry::jsonb #>> '{facts,step}' as step from audit_entries where act = 'log.verify' order by sequence`,
  );
  t.deepEqual(
    told.map((row) => row.step),
    ['begin', 'resume', 'end'],
  );
  t.deepEqual(troubles.splice(0), []);
});

test.serial('R55: what was found before the process was lost, and what comes after, is found by the one that goes on', async (t) => {
  const { owner } = database;
  for (const sequence of [5, 1_200]) await owner.run(sql`update audit_entries set actor = 'p-nobody' where sequence = ${sequence}`);
  await lost();
  const runs = runsOf();
  t.true(await runs.takeUpSilent());
  await runs.settled();
  t.is((await newest())?.result, 'faulty');
  t.deepEqual(
    (await newest())?.faults.map((one) => [one.kind, one.sequence]),
    [
      ['column', '5'],
      ['column', '1200'],
    ],
  );
  t.deepEqual(troubles.splice(0), ['log_faulty']);
});

test.serial('R55: how far it was is believed only under the seal of the keystore: what anybody writes there is not, and it begins anew', async (t) => {
  for (const forge of [
    sql`update log_verifications set state = decode('00112233', 'hex') where finished_at is null`,
    sql`update log_verifications set state = set_byte(state, 60, (get_byte(state, 60) + 1) % 256) where finished_at is null`,
  ]) {
    await lost();
    await database.owner.run(forge);
    const seen = { entries: 0 };
    const runs = runsOf(1e9, seen);
    t.true(await runs.takeUpSilent());
    await runs.settled();
    t.true(seen.entries >= ENTRIES, 'all of it was looked at');
    t.deepEqual(
      (await newest())?.faults.map((one) => one.sequence),
      ['5', '1200'],
    );
    t.deepEqual(troubles.splice(0), ['log_verification_anew', 'log_faulty']);
  }
});

test.serial('R55: told to stop it stops at once without a result, and another process goes on; one a day old is begun anew', async (t) => {
  const stopping = runsOf(9);
  await stopping.start(systemActor());
  for (let i = 0; i < 500 && (await state()).state === null; i++) await sleep(10);
  const stopped = stopping.stop();
  stopped.catch(() => undefined);
  t.is((await newest())?.result, null);
  t.false(await stopping.takeUpSilent(), 'who stops takes nothing up');
  const runs = runsOf();
  t.false(await runs.takeUpSilent(), 'it may still be at work');
  ahead += 25 * 60 * MINUTE;
  t.false(await runs.takeUpSilent(), 'too old');
  t.true(await runs.startUnlessSince(systemActor(), new Date(now().getTime() - 60 * MINUTE)));
  await runs.settled();
  t.deepEqual(
    (await runs.list(2)).map((one) => one.result),
    ['faulty', 'cut_off'],
  );
});
