import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { accessControl, readPolicies } from '../../src/access/index.js';
import { createAudit, systemActor } from '../../src/audit/index.js';
import { loadCalendars, loadSchemes } from '../../src/classification/index.js';
import { openKeystore } from '../../src/crypto/index.js';
import { migrateSchema, openDatabase, startEmbedded } from '../../src/db/index.js';
import { importsOf, RunningStreams, runImport, type ImportReceipt, type ImportSource, type Progress, type RecordsDeps } from '../../src/records/index.js';
import { loadSchedules } from '../../src/retention/index.js';
import { objectKey, openStore, type ObjectStore } from '../../src/storage/index.js';
import { createVault } from '../../src/vault/index.js';
import { type Cost, costs, type Figure, median, MiB, seconds } from './bench.js';
import { differences } from './reconcile.js';

/** Rows of the timed run, long enough that beginning and end of a file do not decide; and of the run that watches memory. */
const TIMED = 60_000;
const LONG = Number(process.env['LANTAI_BENCH_ROWS'] ?? 1_000_000);
const ROUNDS = 4;
/** Plain puts before and after each round. */
const PUTS = 6000;
/** Plain puts at once. An import has about as many on their way, on average: what it had is printed. */
const AT_ONCE = 128;
const BODY = 900;
const ARCHIVE = randomUUID();

const root = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const HEADER = '服务编号,服务日期,服务人员,客户编号,服务内容,服务结果,客户签名,服务评价\n';
const DAYS = 28;

function line(i: number): string {
  const day = String(1 + (i % DAYS)).padStart(2, '0');
  return `KF-${i},2026-03-${day} 09:05,王敏,C-${i % 5000},"客户来电咨询第 ${i} 号账单的明细，坐席逐项说明，客户表示理解。",已答复,本人确认,${1 + (i % 5)}\n`;
}

/** A table made on the fly, the same every time it is opened, so that a million rows need no disk. */
function madeUp(rows: number): ImportSource {
  async function* bytes(): AsyncGenerator<Buffer> {
    let text = HEADER;
    for (let i = 0; i < rows; i++) {
      text += line(i);
      if (text.length < 65_536) continue;
      yield Buffer.from(text);
      text = '';
    }
    yield Buffer.from(text);
  }
  async function* until(end: number): AsyncGenerator<Buffer> {
    let at = 0;
    for await (const chunk of bytes()) {
      yield chunk.subarray(0, end - at);
      at += chunk.length;
      if (at >= end) return;
    }
  }
  return { name: 'bench.csv', size: rows * 100, open: async (range) => Readable.from(range ? until(range.end) : bytes(), { objectMode: false }) };
}

/** Resident memory at its highest, in MiB. */
async function memoryUse(work: () => Promise<unknown>): Promise<number> {
  let most = 0;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 20);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return most / MiB;
}

/** How many puts are on their way, on average over time. */
class InFlight {
  #now = 0;
  #area = 0;
  #last = performance.now();
  #since = performance.now();

  constructor(store: ObjectStore) {
    const put = store.put.bind(store);
    store.put = async (...args) => {
      this.#change(1);
      try {
        return await put(...args);
      } finally {
        this.#change(-1);
      }
    };
  }

  #change(by: number): void {
    const now = performance.now();
    this.#area += this.#now * (now - this.#last);
    this.#last = now;
    this.#now += by;
  }

  begin(): void {
    this.#change(0);
    this.#area = 0;
    this.#since = this.#last;
  }

  get mean(): number {
    this.#change(0);
    return this.#area / (this.#last - this.#since);
  }
}

async function putRate(store: ObjectStore, count: number): Promise<number> {
  const body = randomBytes(BODY);
  // beside what the import puts: of one archive and one fonds
  const key = (): string => objectKey({ archive: ARCHIVE, fonds: 'Z001', record: randomUUID(), version: randomUUID(), object: randomUUID() });
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next++ < count) await store.put(key(), body, body.length);
  };
  return count / (await seconds(() => Promise.all(Array.from({ length: AT_ONCE }, worker))));
}

/** An archive as the embedded default has it: PostgreSQL with fsync, a folder as the store. */
async function embedded(): Promise<{ deps: RecordsDeps; store: ObjectStore; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'lantai-bench-import-'));
  const server = await startEmbedded({ dataDir: folder });
  await migrateSchema(server.ownerUrl);
  const db = openDatabase({ connectionString: server.appUrl, max: 16 });
  const auditDb = openDatabase({ connectionString: server.auditUrl, max: 4 });
  const keystore = await openKeystore(join(folder, 'keystore'), { create: true });
  const now = (): Date => new Date();
  const audit = createAudit({ db, auditDb, keystore, now, random: randomBytes, timeout: 60_000 });
  await audit.startIntegrator();
  const store = openStore({ kind: 'folder', folder: join(folder, 'objects') });
  const vault = createVault({ db, store, keystore, audit, now, random: randomBytes });
  await vault.prepare();
  const policies = await readPolicies(root('policies'), 'default');
  const calendars = await loadCalendars(root('policies/calendar'));
  const deps: RecordsDeps = {
    db,
    audit,
    access: accessControl(() => policies),
    vault,
    streams: new RunningStreams(),
    keystore,
    schemes: await loadSchemes(root('policies/scheme')),
    schedules: await loadSchedules(root('retention')),
    calendar: () => calendars.newest,
    settings: {
      fonds: 'Z001',
      zone: 'Asia/Shanghai',
      limits: { fileBytes: 2 ** 30, filesPerRecord: 100, jsonBytes: 2 ** 20, importBytes: 2 ** 40 },
      readingIdleMinutes: 60,
    },
    now,
    onTrouble: () => undefined,
    assertOpen: () => Promise.resolve(),
  };
  return {
    deps,
    store,
    async close() {
      await audit.stop();
      await store.close();
      for (const one of [db, auditDb]) await one.close();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Says every 100,000 rows where a long run is. */
function told(): (progress: Progress) => void {
  let next = 100_000;
  return (progress) => {
    if (progress.phase !== 'taking' || progress.counts.rowsTaken < next) return;
    next += 100_000;
    const { rss, heapTotal, external } = process.memoryUsage();
    const mib = [rss, heapTotal, external].map((bytes) => (bytes / MiB).toFixed(0)).join(' / ');
    console.log(`  ${progress.counts.rowsTaken} rows, ${progress.rowsPerSecond.toFixed(0)}/s so far, ${mib} MiB resident / heap / outside`);
  };
}

async function wholeFigure(deps: RecordsDeps, store: ObjectStore, receipt: ImportReceipt, cost: Cost): Promise<Figure> {
  for (let wait = 0; (await deps.audit.state()).pending > 0 && wait < 600; wait++) await sleep(100);
  const wrong = await differences(deps.db, store, receipt.id, LONG);
  const rate = LONG / cost.time;
  return {
    what: `${LONG} rows really taken in`,
    value: rate,
    unit: 'records/s',
    reach: '≥ 1000, all of them accounted for',
    reached: rate >= 1000 && receipt.counts.captured === LONG && wrong.length === 0,
    detail: `${cost.time.toFixed(0)} s, ${((cost.cpu / LONG) * 1000).toFixed(2)} ms of processor time a record; receipt ${receipt.counts.captured}; records, versions, objects, locks, codes, entries ${wrong.length === 0 ? 'agree' : `differ: ${wrong.join(', ')}`}`,
  };
}

/** Import without files on the embedded stores, against plain puts into the same store; and what a million rows take of memory. */
export async function benchImport(timed = TIMED): Promise<Figure[]> {
  const { deps, store, close } = await embedded();
  const actor = systemActor();
  try {
    const imports = importsOf(deps);
    await runImport(imports, actor, { source: madeUp(1000), options: { parameters: { source: 'warm', department: 'hotline' } } });
    const inFlight = new InFlight(store);
    // turn by turn, so that what else the machine does falls on both
    const share = timed / ROUNDS;
    const puts: number[] = [await putRate(store, PUTS)];
    const runs: Cost[] = [];
    const flown: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      inFlight.begin();
      runs.push(
        await costs(() => runImport(imports, actor, { source: madeUp(share), options: { parameters: { source: `timed-${round}`, department: 'hotline' } } })),
      );
      flown.push(inFlight.mean);
      puts.push(await putRate(store, PUTS));
    }
    const rate = share / median(runs.map((one) => one.time));
    const ratio = median(runs.map((one, i) => (2 * share) / one.time / ((puts[i] ?? 0) + (puts[i + 1] ?? 0))));
    const cpu = median(runs.map((one) => one.cpu)) / share;
    const whole = process.env['LANTAI_BENCH_WHOLE'] !== undefined;
    const capture: typeof imports.captureMany = whole ? imports.captureMany : async (_, items) => items.map(() => ({ status: 'replayed', recordId: '' }));
    let receipt: ImportReceipt | undefined;
    const onProgress = whole ? told() : undefined;
    let long: Cost = { time: 0, cpu: 0 };
    const memory = await memoryUse(async () => {
      long = await costs(async () => {
        receipt = await runImport({ ...imports, captureMany: capture }, actor, {
          source: madeUp(LONG),
          options: { parameters: { source: 'long', department: 'hotline' } },
          ...(onProgress && { onProgress }),
        });
      });
    });
    return [
      {
        what: 'import without files',
        value: rate,
        unit: 'records/s',
        reach: '≥ 1000',
        reached: rate >= 1000,
        detail: `${ROUNDS} × ${share} records in ${runs.map((one) => one.time.toFixed(1)).join(', ')} s; ${(cpu * 1000).toFixed(2)} ms of this process's processor time a record`,
      },
      {
        what: 'the same, against plain puts',
        value: ratio,
        unit: `of the store's own put rate, ${AT_ONCE} at once`,
        reach: '≥ 0.5',
        reached: ratio >= 0.5,
        detail: `puts before, between and after: ${puts.map((one) => one.toFixed(0)).join(', ')}/s; of the import ${median(flown).toFixed(0)} were on their way on average`,
      },
      {
        what: `memory of an import of ${LONG} rows`,
        value: memory,
        unit: 'MiB resident',
        reach: '≤ 400 MB',
        reached: memory * 1.048576 <= 400,
        detail: whole ? 'all taken in' : 'read, mapped, judged and counted; taken in by a stand-in (LANTAI_BENCH_WHOLE=1 takes them in)',
      },
      ...(whole && receipt ? [await wholeFigure(deps, store, receipt, long)] : []),
    ];
  } finally {
    await close();
  }
}
