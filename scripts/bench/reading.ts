import { randomBytes } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Cost, costs, type Figure, GiB, median, MiB, percentile, seconds, speed } from './bench.js';
import { withVault } from './vault.js';

const READS = 200;

async function firstByte(open: () => Promise<Readable>): Promise<number> {
  const time = await seconds(async () => {
    for await (const _ of await open()) break;
  });
  return time * 1000;
}

/** To nowhere, but as a response would take it. */
function drain(stream: Readable): Promise<void> {
  return pipeline(stream, new Writable({ highWaterMark: MiB, write: (_piece, _encoding, done) => done() }));
}

function bytes(total: number): Readable {
  const piece = randomBytes(MiB);
  let left = total / piece.length;
  return new Readable({
    read() {
      this.push(left-- > 0 ? piece : null);
    },
  });
}

/** Reading through receipt, log and key against a direct get from the same store. */
export async function benchReading(): Promise<Figure[]> {
  return withVault(async ({ vault, actor, receiptFor, keep }, store) => {
    const mid = await keep(randomBytes(1_000_000));
    const direct: number[] = [];
    const read: number[] = [];
    for (let i = 0; i < READS; i++) {
      direct.push(await firstByte(() => store.get(mid.ref)));
      read.push(await firstByte(async () => (await vault.open(actor, await receiptFor(mid.objectId), mid.objectId)).body));
    }
    const above = median(read) - median(direct);
    const large = await keep(bytes(GiB), GiB);
    const gets: Cost[] = [];
    const opens: Cost[] = [];
    for (let round = 0; round < 3; round++) {
      gets.push(await costs(async () => drain(await store.get(large.ref))));
      opens.push(await costs(async () => drain((await vault.open(actor, await receiptFor(large.objectId), large.objectId)).body)));
    }
    const get = median(gets.map((one) => one.time));
    const open = median(opens.map((one) => one.time));
    const ratio = get / open;
    const cpu = (list: Cost[]): string => `${median(list.map((one) => one.cpu)).toFixed(1)} s of processor`;
    return [
      {
        what: 'reading 1 MB, first byte, idle',
        value: above,
        unit: `ms above a direct get (p50, ${store.kind})`,
        reach: '≤ 10',
        reached: above <= 10,
        detail: `get p50 ${median(direct).toFixed(1)} ms; reading p50 ${median(read).toFixed(1)} ms, p95 ${percentile(read, 0.95).toFixed(1)} ms, log and receipt included`,
      },
      {
        what: 'reading 1 GiB',
        value: ratio,
        unit: 'of a direct get',
        reach: '≥ 0.6',
        reached: ratio >= 0.6,
        detail: `get ${speed(GiB, get)} (${cpu(gets)}), reading ${speed(GiB, open)} (${cpu(opens)})`,
      },
    ];
  });
}
