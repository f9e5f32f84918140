/**
 * Kills the service, its PostgreSQL, or both, with -9 at random moments under load, starts again, and checks what was
 * promised to callers.
 *
 *   npm run -s build && node dist/scripts/faults/kill.js --times 1000 [--folder DIR] [--what service|postgres|both|any]
 */
import { randomInt } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkArchive, type Findings } from './check.js';
import { emptyLedger, Load, type Ledger } from './load.js';
import { Victim } from './server.js';

const WHAT = ['service', 'postgres', 'both'] as const;
export type What = (typeof WHAT)[number];

export interface KillOptions {
  times: number;
  folder: string;
  what?: What | undefined;
  /** Told after each kill. */
  progress?: (done: number, what: What, ledger: Ledger) => void;
  /** Acknowledged records whose content is read back and compared at the end. */
  compare?: number;
}

export interface KillReport extends Findings {
  kills: number;
  acknowledged: number;
  readings: number;
  compared: number;
}

async function strike(victim: Victim, what: What): Promise<void> {
  if (what !== 'service') victim.killPostgres();
  if (what === 'postgres') return;
  await victim.killService();
  victim.start();
}

/** Waits until something can be read: an answer of `/readyz` may be two seconds old. */
async function readable(load: Load, ledger: Ledger): Promise<void> {
  const [one] = ledger.acknowledged;
  const until = Date.now() + 30_000;
  while (one && Date.now() < until && (await load.readOne(one).catch(() => undefined)) === undefined) await sleep(100);
}

/** Content of some acknowledged records, read back through the API and compared byte by byte. */
async function compareContent(load: Load, ledger: Ledger, count: number): Promise<{ compared: number; broken: string[] }> {
  const broken: string[] = [];
  let compared = 0;
  for (; compared < Math.min(count, ledger.acknowledged.length); compared++) {
    const one = ledger.acknowledged[randomInt(ledger.acknowledged.length)];
    if (!one) break;
    const content = await load.readOne(one);
    if (!content?.equals(one.content)) broken.push(`content differs: ${one.serviceNo}`);
  }
  return { compared, broken };
}

export async function killUnderLoad({ times, folder, what, progress, compare = 20 }: KillOptions): Promise<KillReport> {
  const ledger = emptyLedger();
  const victim = await Victim.create(folder);
  try {
    victim.start(true);
    await victim.ready();
    const load = new Load(victim.url, victim.credentials, ledger);
    await load.signIn();
    load.start(4, 2);
    for (let done = 1; done <= times; done++) {
      await sleep(randomInt(20, 1_200));
      const now = what ?? WHAT[randomInt(WHAT.length)] ?? 'both';
      await strike(victim, now);
      await victim.ready();
      progress?.(done, now, ledger);
    }
    await sleep(500);
    await load.stop();
    // what is promised is that the next start has it all; until PostgreSQL is back after a kill, 503 is the right answer
    await strike(victim, 'service');
    await victim.ready();
    await readable(load, ledger);
    const { compared, broken } = await compareContent(load, ledger, compare);
    const findings = await checkArchive(victim.dataDir, ledger);
    const { acknowledged, readings, surprises } = ledger;
    return {
      ...findings,
      broken: [...broken, ...surprises, ...findings.broken],
      kills: times,
      acknowledged: acknowledged.length,
      readings: readings.length,
      compared,
    };
  } finally {
    await victim.stop();
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { times: { type: 'string', default: '1000' }, folder: { type: 'string' }, what: { type: 'string', default: 'any' } },
  });
  const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'lantai-kill-'));
  chmodSync(folder, 0o711);
  const report = await killUnderLoad({
    times: Number(values.times),
    folder,
    what: WHAT.find((one) => one === values.what),
    compare: 200,
    progress: (done, what, ledger) => console.log(`${done}  ${what}  ${ledger.acknowledged.length} acknowledged, ${ledger.readings.length} read`),
  });
  console.log(JSON.stringify(report, null, 2));
  if (report.broken.length > 0) process.exitCode = 1;
  else if (values.folder === undefined) rmSync(folder, { recursive: true, force: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
