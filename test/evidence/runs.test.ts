import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import test from 'ava';
import { eraseSides, type Actor } from '../../src/audit/index.js';
import { newId, sql } from '../../src/db/index.js';
import {
  askEvidence,
  decideEvidence,
  fetchEvidence,
  PACK_LIMITS,
  PackRuns,
  viewEvidence,
  type EvidenceDeps,
  type EvidenceDesk,
  type PackInput,
} from '../../src/evidence/index.js';
import { CodedError } from '../../src/errors/index.js';
import { createCertificates } from '../../src/vault/index.js';
import { check, fill } from '../audit/log-support.js';
import { testArchive } from '../support/archive.js';
import { bothVerifiers, filesOf, has, scratch } from './support.js';

const archive = await testArchive({}, { logClock: true });
const { database, clock } = archive;
const folder = await scratch();
const python = await has('python3', '-c', 'import cryptography');
const troubles: unknown[] = [];
test.after.always(async () => {
  await archive.close();
  await folder.remove();
});

const certificates = createCertificates({
  db: database.app,
  audit: archive.deps.audit,
  keystore: archive.keystore,
  archiveName: 'Test archive',
  now: () => clock.now,
  random: randomBytes,
});
const deps: EvidenceDeps = {
  ...archive.deps,
  keystore: archive.keystore,
  store: archive.store,
  signer: certificates,
  certificates,
  namesOfPersons: () => Promise.resolve(new Map([[reader.personId ?? '', 'Reader']])),
  authorities: () => [],
  verifiers: () => Promise.resolve([]),
  settings: { fonds: 'Z001', zone: 'Asia/Shanghai', archiveName: '测试档案室' },
  random: randomBytes,
};
const runsWith = (change: Partial<EvidenceDeps> = {}): PackRuns => new PackRuns({ ...deps, ...change }, (error) => troubles.push(error));
const desk = (runs: PackRuns): EvidenceDesk => ({ ...deps, runs });

async function person(role: string): Promise<Actor> {
  const pseudonym = `p-${Array.from(randomBytes(16), (byte) => '0123456789abcdefghijklmnopqrstuv'[byte % 32]).join('')}`;
  const actor = { ...archive.person(role, 'archive'), personId: newId(), pseudonym, secondFactor: true, shownAt: clock.now };
  await database.app.tx(async (tx) => {
    await tx.run(
      sql`insert into persons (id, pseudonym, display_name, department, created_at) values (${actor.personId}, ${pseudonym}, ${pseudonym}, 'archive', now())`,
    );
    await archive.deps.audit.append(tx, { actor, act: 'person.create', subject: { kind: 'person', id: actor.personId }, decision: 'allow' });
  });
  return actor;
}

let [officer, other, reader] = [] as unknown as [Actor, Actor, Actor];
test.before(async () => {
  await database.app.tx(async (tx) => {
    await tx.run(sql`insert into departments (code, name_zh, name_en, created_at) values ('archive', 'a', 'a', now())`);
    await archive.deps.audit.append(tx, {
      actor: archive.person('system_admin'),
      act: 'department.create',
      subject: { kind: 'department', id: 'archive' },
      decision: 'allow',
    });
  });
  [officer, other, reader] = [await person('compliance_officer'), await person('compliance_officer'), await person('agent')];
});
const dayAt = (at: Date): string => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', dateStyle: 'short' }).format(at);
const begun = dayAt(clock.now);
/** A moment later than all that is there: what is asked for ends with the present. */
function input(change: object = {}): PackInput {
  later(0.1);
  return { kind: 'period' as const, from: begun, to: dayAt(clock.now), reason: 'x', ...change };
}
const later = (minutes: number): void => {
  clock.now = new Date(clock.now.getTime() + minutes * 60_000);
};
const stateOf = async (id: string): Promise<string> => (await viewEvidence(deps, officer, id)).state;
const idle = new PackRuns(deps, () => undefined);
void idle.close();

test.serial('a run that fell silent is taken over; the former one then names nothing, and there is one pack', async (t) => {
  const { id } = await askEvidence(desk(idle), officer, input());
  let release: () => void = () => undefined;
  const held = new Promise<void>((done) => (release = done));
  let reached: () => void = () => undefined;
  const waiting = new Promise<void>((done) => (reached = done));
  const slow = runsWith({
    verifiers: async () => {
      reached();
      await held;
      return [];
    },
  });
  slow.wake();
  await waiting;
  t.is(await stateOf(id), 'making');
  const second = runsWith();
  second.wake();
  await second.settled();
  t.is(await stateOf(id), 'making', 'nobody takes over a run that is heard of');
  later(3);
  second.wake();
  await second.settled();
  const made = await viewEvidence(deps, officer, id);
  t.is(made.state, 'ready');
  release();
  await slow.settled();
  t.is((await viewEvidence(deps, officer, id)).digest, made.digest);
  const named = await database.owner.one<{ n: number }>(sql`select count(*)::int as n from objects where record_id = ${id}`);
  t.is(named.n, 1);
});

test.serial('what was being made when the process stops is made by the next one', async (t) => {
  const { id } = await askEvidence(desk(idle), officer, input());
  const stopping: PackRuns = runsWith({
    verifiers: async () => {
      void stopping.close();
      throw new CodedError('store_unavailable');
    },
  });
  stopping.wake();
  await stopping.close();
  t.is(await stateOf(id), 'making');
  later(3);
  const next = runsWith();
  next.wake();
  await next.settled();
  t.is(await stateOf(id), 'ready');
});

test.serial('what passes is tried again, five times; what does not pass is told at once', async (t) => {
  const { id } = await askEvidence(desk(idle), officer, input());
  const broken = runsWith({ verifiers: () => Promise.reject(new CodedError('store_unavailable')) });
  for (let i = 1; i <= 5; i++) {
    later(3);
    broken.wake();
    await broken.settled();
    t.is(await stateOf(id), i < 5 ? 'making' : 'failed');
  }
  t.is((await viewEvidence(deps, officer, id)).failure, 'store_unavailable');
  const never = await askEvidence(desk(idle), officer, input());
  const refusing = runsWith({ verifiers: () => Promise.reject(new CodedError('not_found')) });
  refusing.wake();
  await refusing.settled();
  t.is(await stateOf(never.id), 'failed');
  t.true(troubles.length >= 6);
});

test.serial('R90: a pack that is being fetched stops in the middle once the account loses a role or the session ends', async (t) => {
  const { id } = await askEvidence(desk(idle), officer, input());
  const runs = runsWith();
  runs.wake();
  await runs.settled();
  const fetcher = { ...officer, sessionId: newId() };
  for (const ends of [fetcher.accountId ?? '', fetcher.sessionId]) {
    const { body } = await fetchEvidence(deps, fetcher, id);
    deps.streams.stop(ends);
    await t.throwsAsync(buffer(body));
  }
  const fetching = fetchEvidence(deps, fetcher, id);
  deps.streams.stop(fetcher.sessionId);
  await t.throwsAsync(fetching, { code: 'not_found' }, 'also before there is a stream');
  t.deepEqual(deps.streams.ids(), [], 'nothing is kept of what is over');
});

test.serial(
  'R57: erasing what stands beside a person’s entries keeps every proof valid; a pack of before still verifies, a later one holds less',
  async (t) => {
    const pending = await database.app.tx((tx) =>
      archive.deps.audit.append(tx, {
        actor: reader,
        act: 'record.list',
        subject: { kind: 'list', id: 'records' },
        decision: 'allow',
        side: { words: '王小明 的电话' },
      }),
    );
    await archive.deps.audit.settled(pending);
    const runs = runsWith();
    const take = async (name: string): Promise<string> => {
      const { id } = await askEvidence(desk(runs), officer, input({ kind: 'person', subject: reader.pseudonym, sides: true }));
      await decideEvidence(desk(runs), other, id, true);
      await runs.settled();
      const path = join(folder.path, name);
      await writeFile(path, await buffer((await fetchEvidence(deps, officer, id)).body));
      return path;
    };
    const before = await take('before.zip');
    const sides = async (path: string): Promise<string> =>
      [...(await filesOf(path))]
        .filter(([name]) => name.startsWith('sides/'))
        .map(([, bytes]) => bytes.toString('utf8'))
        .join('\n');
    t.regex(await sides(before), /王小明/);
    const erasing = { ...archive.deps, keystore: archive.keystore, authorize: () => ({ policy: 'test' }) };
    t.is(await eraseSides(erasing, officer, { entryIds: [pending.id], reason: 'erasure' }), 1);
    const after = await take('after.zip');
    t.notRegex(await sides(after), /王小明/);
    for (const path of [before, after]) t.deepEqual(await bothVerifiers(path), { ours: [], theirs: [], code: python ? 0 : -1 }, path);
    t.true((await check(database, archive.keystore)).whole);
  },
);

test.serial('a pack of more entries than it may hold is refused, with the number; one of as many as it may hold is made, in little memory', async (t) => {
  for (let n = 0; n < PACK_LIMITS.entries + 500; n += 2_000) {
    await fill(database, archive.deps.audit, 2_000, { together: true });
    later(1 / 60);
  }
  const error = await t.throwsAsync<CodedError>(askEvidence(desk(idle), officer, input()));
  t.like(error?.fields[0], { field: 'to', code: 'too_many', params: { max: PACK_LIMITS.entries } });
  if (process.env['LANTAI_LONG'] === undefined) return;
  later(1);
  const edge = await database.owner.one<{ t: Date }>(sql`select t from audit_entries order by sequence offset ${PACK_LIMITS.entries - 500} limit 1`);
  const clockThen = clock.now;
  clock.now = new Date(edge.t.getTime() - 6_000); // what is asked for ends a moment later
  const { id } = await askEvidence(desk(idle), officer, input());
  clock.now = clockThen;
  globalThis.gc?.();
  const [heap, cpu, at] = [process.memoryUsage().rss, process.cpuUsage(), performance.now()];
  let most = heap;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 50);
  const runs = runsWith();
  runs.wake();
  await runs.settled();
  clearInterval(watch);
  const spent = process.cpuUsage(cpu);
  const made = await viewEvidence(deps, officer, id);
  t.log(
    `${made.entries} entries, ${made.size} bytes, ${Math.round(performance.now() - at)} ms, cpu ${Math.round((spent.user + spent.system) / 1000)} ms, rss +${Math.round((most - heap) / 2 ** 20)} MiB`,
  );
  t.is(made.state, 'ready');
  const path = join(folder.path, 'full.zip');
  await writeFile(path, await buffer((await fetchEvidence(deps, officer, id)).body));
  const begun = performance.now();
  t.deepEqual(await bothVerifiers(path), { ours: [], theirs: [], code: python ? 0 : -1 });
  t.log(`both verifiers ${Math.round(performance.now() - begun)} ms`);
});
