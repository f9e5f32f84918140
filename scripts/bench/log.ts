import { setTimeout as sleep } from 'node:timers/promises';
import { inclusionProof, verifyInclusion } from '../../src/audit/log/proofs.js';
import type { Hash } from '../../src/audit/log/tree.js';
import { Columns } from '../../src/audit/offline/columns.js';
import { TileHashes } from '../../src/audit/offline/tile.js';
import { storedHashes } from '../../src/audit/proof/reader.js';
import { selectLeaf } from '../../src/audit/proof/store.js';
import { type LogFilter, searchEntries } from '../../src/audit/index.js';
import { newId, openDatabase, sql, type Db } from '../../src/db/index.js';
import { testReports, type TestReports } from '../../test/reports/support.js';
import { testEntry } from '../../test/support/audit.js';
import { median, percentile, seconds, type Figure } from './bench.js';
import { fillLog, YEAR } from './fill-log.js';

/** Entries that proofs and searches run over; `LANTAI_BENCH_LOG=10000000` is the long run. */
const ENTRIES = Number(process.env['LANTAI_BENCH_LOG'] ?? 200_000);
/** Seconds for which entries are written without a break; `LANTAI_BENCH_LOG_SECONDS=600` is the long run. */
const SECONDS = Number(process.env['LANTAI_BENCH_LOG_SECONDS'] ?? 15);
const WORKERS = 64;
const ROUNDS = 200;
const LOG = String(YEAR);

interface Measured {
  perSecond: number;
  times: number[];
}

/** So many at once, for so long. */
async function atOnce(work: () => Promise<unknown>, time: number): Promise<Measured> {
  const times: number[] = [];
  const end = performance.now() + time * 1000;
  const took = await seconds(() =>
    Promise.all(
      Array.from({ length: WORKERS }, async () => {
        while (performance.now() < end) times.push(1000 * (await seconds(work)));
      }),
    ),
  );
  return { perSecond: times.length / took, times };
}

const joined = (all: readonly Measured[]): Measured => ({
  perSecond: median(all.map((one) => one.perSecond)),
  times: all.flatMap((one) => one.times),
});

/** Entries in their transactions against bare commits of one row, in turns, since others may be at work on the machine. */
async function written(made: TestReports, owner: Db): Promise<Figure[]> {
  const { audit } = made.archive.deps;
  await owner.run(sql`create table bench_rows (id uuid primary key, text text not null)`);
  await owner.run(sql`grant insert on bench_rows to lantai_app`);
  const db = openDatabase({ connectionString: made.archive.database.urls.app, max: WORKERS });
  try {
    const bare = () => db.tx((tx) => tx.run(sql`insert into bench_rows (id, text) values (${newId()}, ${'x'.repeat(400)})`));
    const appended = () => db.tx((tx) => audit.append(tx, testEntry({ facts: { record: newId() } })));
    const settled = async (): Promise<unknown> => audit.settled(await appended());
    const runs: [Measured[], Measured[], Measured[]] = [[], [], []];
    for (let round = 0; round < 4; round++) {
      for (const [i, work] of [bare, appended, settled].entries()) {
        const one = await atOnce(work, 2);
        if (round > 0) runs[i]?.push(one); // the first is for warming up
        while ((await audit.state()).pending > 0) await sleep(50);
      }
    }
    const [plain, logged, waited] = [joined(runs[0]), joined(runs[1]), joined(runs[2])];
    const ratio = logged.perSecond / plain.perSecond;
    const added = [0.5, 0.95].map((share) => (percentile(waited.times, share) - percentile(plain.times, share)) / percentile(plain.times, share));
    const long = await atOnce(settled, SECONDS);
    const { pending } = await audit.state();
    const p99 = percentile(long.times, 0.99);
    return [
      {
        what: `entries with their transaction, ${WORKERS} at once, of bare commits of one row`,
        value: ratio,
        unit: 'of the speed',
        reach: '≥ 0.3',
        reached: ratio >= 0.3,
        detail: `${logged.perSecond.toFixed(0)}/s against ${plain.perSecond.toFixed(0)}/s`,
      },
      {
        what: `what an entry adds until its receipt, ${WORKERS} at once, the worse of p50 and p95`,
        value: Math.max(...added),
        unit: '× the bare transaction',
        reach: '≤ 2',
        reached: Math.max(...added) <= 2,
        detail: `p50 ${added[0]?.toFixed(2)} ×, p95 ${added[1]?.toFixed(2)} ×; bare p50 ${median(plain.times).toFixed(1)} ms`,
      },
      {
        what: `receipt while entries come for ${SECONDS} s`,
        value: p99,
        unit: 'ms p99',
        reach: '≤ 1,000 ms, and nothing is left waiting',
        reached: p99 <= 1000 && pending <= WORKERS,
        detail: `${long.perSecond.toFixed(0)} entries/s, ${pending} waiting at the end`,
      },
    ];
  } finally {
    await db.close();
  }
}

/** Tiles over the hashes of the filled log, which are all alike: a tree of the full size, without hashing a text. */
async function fillTiles(owner: Db): Promise<Hash> {
  const zeros = Buffer.alloc(8192);
  const full = Math.floor(ENTRIES / 256);
  await owner.run(sql`insert into audit_tiles (log, level, index, hashes) select ${LOG}, 0, i, ${zeros} from generate_series(0, ${full - 1}::int) i`);
  const columns = new Columns();
  const tile = new TileHashes();
  tile.fill(zeros, 0, 256);
  tile.grow(256);
  const root = tile.roots(256)[0] as Hash;
  for (let i = 0; i < full; i++) {
    for (const { level, index, hashes } of columns.add(root))
      await owner.run(sql`insert into audit_tiles (log, level, index, hashes) values (${LOG}, ${level}, ${index}, ${hashes})`);
  }
  return columns.root(tile.roots(ENTRIES % 256));
}

async function proven(db: Db, root: Hash): Promise<Figure> {
  const times: number[] = [];
  const trips: number[] = [];
  for (let i = 0; i < ROUNDS + 10; i++) {
    trips.push(1000 * (await seconds(() => db.run(sql`select 1`))));
    const sequence = BigInt(Math.floor((ENTRIES * ((i * 7919) % 10_007)) / 10_007));
    let proof: Hash[] = [];
    let leaf: Hash | undefined;
    const took =
      1000 *
      (await seconds(async () => {
        leaf = (await selectLeaf(db, LOG, sequence))?.leaf;
        proof = await inclusionProof(storedHashes(db, LOG, BigInt(ENTRIES), sequence), sequence, BigInt(ENTRIES));
      }));
    if (!leaf || !verifyInclusion(leaf, sequence, BigInt(ENTRIES), proof, root)) throw new Error('a proof that does not verify');
    if (i >= 10) times.push(took);
  }
  const p95 = percentile(times, 0.95);

  return {
    what: `inclusion proof at ${ENTRIES.toLocaleString('en')} entries`,
    value: p95,
    unit: 'ms p95',
    reach: '≤ 5 ms',
    reached: p95 <= 5,
    detail: `p50 ${median(times).toFixed(2)} ms, ${(median(times) / median(trips)).toFixed(1)} × a bare round trip (p50 ${median(trips).toFixed(2)} ms), each verified`,
  };
}

async function searched(made: TestReports, owner: Db): Promise<Figure[]> {
  const officer = await made.person('compliance_officer');
  const { audit, db, access, keystore } = made.archive.deps;
  const deps = { audit, db, keystore, authorize: (actor: typeof officer, right: Parameters<typeof access.authorize>[1]) => access.authorize(actor, right) };
  const { record_id: record } = await owner.one<{ record_id: string }>(sql`select record_id from audit_entries where log = ${LOG} and sequence = 7`);
  const at = (month: number): { from: Date; to: Date } => ({ from: new Date(Date.UTC(YEAR, month, 3, 8)), to: new Date(Date.UTC(YEAR, month, 3, 9)) });
  const questions: [string, (i: number) => LogFilter][] = [
    ['by person', (i) => ({ actors: [`p-${String(i % 500).padStart(16, '0')}`] })],
    ['by person and time', (i) => ({ actors: [`p-${String(i % 500).padStart(16, '0')}`], ...at(i % 12) })],
    ['by record', () => ({ record })],
    ['by time', (i) => at(i % 12)],
    ['refusals of a person', (i) => ({ actors: [`p-${String(i % 500).padStart(16, '0')}`], decision: 'deny' as const })],
  ];
  const figures: Figure[] = [];
  for (const [what, question] of questions) {
    const times: number[] = [];
    let failed = '';
    for (let i = 0; i < 60 && failed === ''; i++) {
      const took = 1000 * (await seconds(() => searchEntries(deps, officer, question(i)).catch((error: unknown) => (failed = String(error)))));
      if (i >= 5) times.push(failed === '' ? took : NaN);
    }
    const p95 = percentile(times, 0.95);
    figures.push({
      what: `search ${what} at ${ENTRIES.toLocaleString('en')} entries, its own entry signed first`,
      value: p95,
      unit: 'ms p95',
      reach: '≤ 200 ms',
      reached: p95 <= 200,
      detail: failed === '' ? `p50 ${median(times).toFixed(1)} ms` : failed,
    });
  }
  return figures;
}

/** The audit log: writing entries, receipts, proofs and searches over a long one. */
export async function benchLog(): Promise<Figure[]> {
  const made = await testReports();
  const owner = openDatabase({ connectionString: made.archive.database.urls.owner, max: 1, statementTimeout: 0 });
  try {
    const writing = await written(made, owner);
    await fillLog(owner, ENTRIES, Math.max(1000, Math.round(ENTRIES / 50)));
    const root = await fillTiles(owner);
    return [...writing, await proven(made.archive.deps.db, root), ...(await searched(made, owner))];
  } finally {
    await owner.close();
    await made.close();
  }
}
