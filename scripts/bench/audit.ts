/**
 * Speed of the audit log, as ratios within one run on a database of its own with fsync on.
 * `node dist/scripts/bench/audit.js`
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createAudit, SYSTEM_PSEUDONYM, verifyStored, type Actor, type EntryInput } from '../../src/audit/index.js';
import { openKeystore } from '../../src/crypto/index.js';
import { migrateSchema, newId, openDatabase, sql, startEmbedded, type Db } from '../../src/db/index.js';

const SECONDS = 4;
const actor: Actor = {
  kind: 'system',
  personId: null,
  accountId: null,
  pseudonym: SYSTEM_PSEUDONYM,
  roles: [],
  department: '',
  sessionId: null,
  secondFactor: false,
  shownAt: null,
  scopes: [],
  address: '192.0.2.1',
  requestId: 'bench',
};

interface Measure {
  perSecond: number;
  p50: number;
  p95: number;
  p99: number;
}

async function measure(workers: number, work: () => Promise<unknown>, seconds = SECONDS): Promise<Measure> {
  const times: number[] = [];
  const start = performance.now();
  const end = start + seconds * 1000;
  const worker = async (): Promise<void> => {
    while (performance.now() < end) {
      const from = performance.now();
      await work();
      times.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
  const took = (performance.now() - start) / 1000;
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { perSecond: times.length / took, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

const show = (name: string, one: Measure): void =>
  console.log(
    `${name.padEnd(46)} ${one.perSecond.toFixed(0).padStart(7)}/s   p50 ${one.p50.toFixed(2)} ms   p95 ${one.p95.toFixed(2)} ms   p99 ${one.p99.toFixed(2)} ms`,
  );

async function bare(db: Db): Promise<void> {
  await db.tx(async (tx) => {
    await tx.run(sql`insert into bench_rows (id, text) values (${newId()}, ${'x'.repeat(400)})`);
  });
}

const folder = await mkdtemp(join(tmpdir(), 'lantai-bench-audit-'));
const server = await startEmbedded({ dataDir: folder });
try {
  await migrateSchema(server.ownerUrl);
  const owner = openDatabase({ connectionString: server.ownerUrl });
  await owner.run(sql`create table bench_rows (id uuid primary key, text text not null)`);
  await owner.run(sql`grant insert on bench_rows to lantai_app`);
  const db = openDatabase({ connectionString: server.appUrl, max: 64 });
  const auditDb = openDatabase({ connectionString: server.auditUrl, max: 4 });
  const keystore = await openKeystore(join(folder, 'keystore'), { create: true });
  const audit = createAudit({ db, auditDb, keystore, now: () => new Date(), random: randomBytes, timeout: 60_000 });
  await audit.startIntegrator();
  const entry = (): EntryInput => ({
    actor,
    act: 'reading.begin',
    subject: { kind: 'reading', id: newId() },
    decision: 'allow',
    facts: { record: newId(), object: newId() },
  });
  const appended = (): Promise<unknown> => db.tx((tx) => audit.append(tx, entry()));
  const settled = async (): Promise<unknown> => audit.settled(await db.tx((tx) => audit.append(tx, entry())));

  for (const workers of [1, 64]) {
    const plain = await measure(workers, () => bare(db));
    show(`bare single-row commits, ${workers} at once`, plain);
    const logged = await measure(workers, appended);
    show(`entry in its transaction, ${workers} at once`, logged);
    const waited = await measure(workers, settled);
    show(`the same, until it stands in the signed head`, waited);
    console.log(
      `  ratio ${(logged.perSecond / plain.perSecond).toFixed(2)} committed, ${(waited.perSecond / plain.perSecond).toFixed(2)} settled; added p50 ${(waited.p50 - plain.p50).toFixed(2)} ms, p95 ${(waited.p95 - plain.p95).toFixed(2)} ms`,
    );
  }
  const many = 20_000;
  const from = performance.now();
  for (let i = 0; i < many; i += 1000) {
    const pending = await db.tx((tx) => audit.appendMany(tx, Array.from({ length: 1000 }, entry)));
    if (i + 1000 >= many) await Promise.all(pending.map((one) => audit.settled(one)));
  }
  console.log(`${'batches of 1,000 entries, until settled'.padEnd(46)} ${(many / ((performance.now() - from) / 1000)).toFixed(0).padStart(7)} entries/s`);
  const before = performance.now();
  const report = await verifyStored(db, keystore);
  console.log(
    `verified ${report.entries} entries, ${report.heads} heads: ${report.whole ? 'whole' : 'NOT WHOLE'}, ${(report.entries / ((performance.now() - before) / 1000)).toFixed(0)} entries/s`,
  );
  await audit.stop();
  for (const one of [owner, db, auditDb]) await one.close();
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
