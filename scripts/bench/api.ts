import { setTimeout as sleep } from 'node:timers/promises';
import { randomBytes, randomUUID } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { objectKey, openStore, type ObjectEntry, type ObjectStore } from '../../src/storage/index.js';
import { testDraft } from '../../test/support/archive.js';
import { type Figure, GiB, median, MiB, percentile, seconds, speed } from './bench.js';
import { type Served, withServer } from './served.js';

const LARGE = 2 * GiB;
const MEDIUM = 1_000_000;
const ROUNDS = 3;
const READS = 100;

/** Random bytes that cost nothing to make. */
function bytes(total: number): Readable {
  const pool = randomBytes(MiB);
  let left = total;
  return new Readable({
    highWaterMark: MiB,
    read() {
      const piece = left > 0 ? pool.subarray(0, Math.min(pool.length, left)) : null;
      left -= piece?.length ?? 0;
      this.push(piece);
    },
  });
}

function drain(stream: Readable): Promise<void> {
  return pipeline(stream, new Writable({ highWaterMark: MiB, write: (_piece, _encoding, done) => done() }));
}

/** Takes in a record with one file; its id. */
async function upload(served: Served, size: number): Promise<string> {
  const boundary = `bench-${randomUUID()}`;
  const part = (headers: string): string => `--${boundary}\r\n${headers}\r\n\r\n`;
  const draft =
    part('Content-Disposition: form-data; name="record"\r\nContent-Type: application/json') +
    JSON.stringify(testDraft({ department: await department(served) }));
  const head = Buffer.from(
    `${draft}\r\n${part('Content-Disposition: form-data; name="files"; filename="bench.bin"\r\nContent-Type: application/octet-stream')}`,
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  const stream = (async function* (): AsyncGenerator<Buffer> {
    yield head;
    yield* bytes(size) as AsyncIterable<Buffer>;
    yield tail;
  })();
  const text = await served.send('/api/v1/records', {
    type: `multipart/form-data; boundary=${boundary}`,
    stream,
    length: head.length + size + tail.length,
  });
  return (JSON.parse(text) as { id: string }).id;
}

let known: string | undefined;

/** A department of the demo. */
async function department(served: Served): Promise<string> {
  known ??= (await served.json<{ items: { department: string }[] }>('GET', '/api/v1/records')).items[0]?.department ?? 'hotline';
  return known;
}

/** Opens a reading of a record; the path of its file. */
async function fileOf(served: Served, recordId: string): Promise<string> {
  const { id } = await served.json<{ id: string }>('POST', `/api/v1/records/${recordId}/readings`, { purpose: 'archive_work' });
  const { files } = await served.json<{ files: { id: string }[] }>('GET', `/api/v1/readings/${id}`);
  return `/api/v1/readings/${id}/files/${files[0]?.id ?? ''}`;
}

async function find(store: ObjectStore, size: number): Promise<ObjectEntry> {
  for await (const one of store.list('v1/')) if (one.size > size && one.size < size * 1.01) return one;
  throw new Error('object not found');
}

async function memoryDuring(served: Served, work: () => Promise<unknown>): Promise<number> {
  const before = (await served.memory()) ?? NaN;
  let most = before;
  const timer = setInterval(() => void served.memory().then((now) => (most = Math.max(most, now ?? NaN))), 50);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return (most - before) / MiB;
}

async function uploads(served: Served, store: ObjectStore): Promise<Figure[]> {
  const copies: number[] = [];
  const sent: number[] = [];
  const growth: number[] = [];
  await upload(served, MEDIUM); // warms the server up
  for (let round = 0; round < ROUNDS; round++) {
    const key = objectKey({ archive: randomUUID(), fonds: 'Z001', record: randomUUID(), version: randomUUID(), object: randomUUID() });
    copies.push(await seconds(() => store.put(key, bytes(LARGE), LARGE)));
    growth.push(await memoryDuring(served, async () => void sent.push(await seconds(() => upload(served, LARGE)))));
  }
  const ratio = median(copies) / median(sent);
  const most = Math.max(...growth);
  return [
    {
      what: 'upload of 2 GiB through the API',
      value: ratio,
      unit: 'of a plain copy into the same store',
      reach: '≥ 0.6',
      reached: ratio >= 0.6,
      detail: `copy ${speed(LARGE, median(copies))}, upload ${speed(LARGE, median(sent))}`,
    },
    {
      what: "the server's memory meanwhile",
      value: most,
      unit: 'MiB more resident',
      reach: '≤ 64',
      reached: most <= 64,
      detail: growth.map((one) => one.toFixed(0)).join(', '),
    },
  ];
}

async function readings(served: Served, store: ObjectStore): Promise<Figure[]> {
  const path = await fileOf(served, await upload(served, MEDIUM));
  const medium = await find(store, MEDIUM);
  const direct: number[] = [];
  const read: number[] = [];
  const first = (open: () => Promise<Readable>): Promise<number> =>
    seconds(async () => {
      for await (const _ of await open()) break;
    });
  for (let i = 0; i < READS; i++) {
    // idle: the entry that ends the reading before has been written and signed
    await sleep(60);
    direct.push(1000 * (await first(() => store.get(medium))));
    read.push(1000 * (await first(() => served.call('GET', path))));
  }
  const above = median(read) - median(direct);
  const largePath = await fileOf(served, await upload(served, GiB));
  const large = await find(store, GiB);
  const gets: number[] = [];
  const opens: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    gets.push(await seconds(async () => drain(await store.get(large))));
    opens.push(
      await seconds(async () => {
        if ((await served.drain(largePath)) !== GiB) throw new Error('not the whole file came');
      }),
    );
  }
  const ratio = median(gets) / median(opens);
  return [
    {
      what: 'reading 1 MB through the API, first byte, idle',
      value: above,
      unit: 'ms above a direct get (p50)',
      reach: '≤ 10',
      reached: above <= 10,
      detail: `get p50 ${median(direct).toFixed(1)} ms; reading p50 ${median(read).toFixed(1)} ms, p95 ${percentile(read, 0.95).toFixed(1)} ms`,
    },
    {
      what: 'reading 1 GiB through the API',
      value: ratio,
      unit: 'of a direct get',
      reach: '≥ 0.6',
      reached: ratio >= 0.6,
      detail: `get ${speed(GiB, median(gets))}, reading ${speed(GiB, median(opens))}`,
    },
  ];
}

/** Upload and reading through the whole server: session, multipart, records, log, vault. */
export async function benchApi(): Promise<Figure[]> {
  return withServer(async (served) => {
    const store = openStore({ kind: 'folder', folder: served.objects });
    return [...(await uploads(served, store)), ...(await readings(served, store))];
  });
}
