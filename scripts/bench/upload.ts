import { randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { newId } from '../../src/db/index.js';
import { objectKey } from '../../src/storage/index.js';
import { type Cost, costs, type Figure, GiB, median, memoryGrowth, MiB, seconds, speed } from './bench.js';
import { withVault } from './vault.js';

const SIZE = 2 * GiB;
const ROUNDS = 3;

/** Random bytes that cost nothing to make, as they come from a socket: 64 KiB at a time. */
function bytes(total: number): Readable {
  const pool = randomBytes(4 * MiB);
  let at = 0;
  return new Readable({
    highWaterMark: MiB,
    read() {
      const length = Math.min(65_536, total - at);
      this.push(length > 0 ? pool.subarray(at % (pool.length - 65_536), (at % (pool.length - 65_536)) + length) : null);
      at += length;
    },
  });
}

const freeKey = (): string => objectKey({ archive: randomUUID(), fonds: 'Z001', record: randomUUID(), version: randomUUID(), object: randomUUID() });

async function small(count: number, atOnce: number, work: (i: number) => Promise<unknown>): Promise<number> {
  let next = 0;
  const time = await seconds(() =>
    Promise.all(
      Array.from({ length: atOnce }, async () => {
        while (next < count) await work(next++);
      }),
    ),
  );
  return count / time;
}

/** Taking in a large file, and many small bodies, against plain copies into the same store with the same fsync. */
export async function benchUpload(): Promise<Figure[]> {
  return withVault(async ({ vault }, store) => {
    const copies: Cost[] = [];
    const uploads: Cost[] = [];
    const growth: number[] = [];
    const stage = async (): Promise<void> => {
      await vault.stage({ recordId: newId(), versionId: newId(), fonds: 'Z001', body: bytes(SIZE), size: SIZE });
    };
    for (let round = 0; round < ROUNDS; round++) {
      copies.push(await costs(() => store.put(freeKey(), bytes(SIZE), SIZE)));
      growth.push(await memoryGrowth(async () => void uploads.push(await costs(stage))));
    }
    const copy = median(copies.map((one) => one.time));
    const upload = median(uploads.map((one) => one.time));
    const ratio = copy / upload;
    const cpu = (list: Cost[]): string => `${median(list.map((one) => one.cpu)).toFixed(1)} s of processor`;
    const body = randomBytes(2500);
    const puts = await small(6000, 16, () => store.put(freeKey(), body, body.length));
    const stages = await small(6000, 16, () => vault.stage({ recordId: newId(), versionId: newId(), fonds: 'Z001', body, size: body.length }));
    return [
      {
        what: 'upload of 2 GiB into the vault',
        value: ratio,
        unit: `of a plain copy into the same store (${store.kind})`,
        reach: '≥ 0.6',
        reached: ratio >= 0.6,
        detail: `copy ${speed(SIZE, copy)} (${cpu(copies)}), upload ${speed(SIZE, upload)} (${cpu(uploads)})`,
      },
      {
        what: 'memory during the upload',
        value: median(growth),
        unit: 'MiB more resident',
        reach: '≤ 64',
        reached: median(growth) <= 64,
        detail: `each round: ${growth.map((one) => one.toFixed(0)).join(', ')}`,
      },
      {
        what: 'bodies of 2.5 KB, 16 at once',
        value: stages / puts,
        unit: "of the store's own put rate",
        reach: '≥ 0.5',
        reached: stages / puts >= 0.5,
        detail: `puts ${puts.toFixed(0)}/s, sealed ${stages.toFixed(0)}/s`,
      },
    ];
  });
}
