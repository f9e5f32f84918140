import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { systemActor } from '../../src/audit/index.js';
import { capture, captureMany, openImportBatch } from '../../src/records/index.js';
import { sql } from '../../src/db/index.js';
import { FolderStore } from '../../src/storage/folder/folder.js';
import { ReadJournal } from '../../src/storage/folder/journal.js';
import { checksOf } from '../../test/checks/support.js';
import { testArchive, testDraft, type TestArchive } from '../../test/support/archive.js';
import { type Cost, costs, type Figure, median, MiB } from './bench.js';

const SMALL = 1_000;
const LARGE = 12;
const SIZE = 8 * MiB;
const ROUNDS = 3;
const AT_ONCE = 8;

/** No requirement names these limits: they were set below what was measured first, and only tell when something became slower. */
const guard = (limit: string): string => `guard, set after the first measurement: ${limit}`;

/** What nobody can be faster than: every file of these objects read and hashed, eight at a time. */
async function bare(archive: TestArchive): Promise<{ objects: number; bytes: number }> {
  const rows = await archive.database.owner.many<{ key: string }>(sql`select store_key as key from objects order by id`);
  const left = rows.values();
  let bytes = 0;
  const work = async (): Promise<void> => {
    for (const { key } of left) {
      const sealed = await readFile(join(archive.storeFolder, key));
      createHash('sha256').update(sealed).digest();
      bytes += sealed.length;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { objects: rows.length, bytes };
}

async function compared(fill: (archive: TestArchive) => Promise<void>, what: string, reach: number): Promise<Figure> {
  const archive = await testArchive();
  try {
    await fill(archive);
    const [bares, checks]: [Cost[], Cost[]] = [[], []];
    let seen = { objects: 0, bytes: 0 };
    for (let i = 0; i < ROUNDS; i++) {
      bares.push(await costs(async () => (seen = await bare(archive))));
      checks.push(
        await costs(async () => {
          const row = await checksOf(archive).work(systemActor(), { mode: 'whole' });
          if (row?.result !== 'whole') throw new Error('something is wrong');
        }),
      );
    }
    const [own, other] = [median(checks.map((one) => one.cpu)), median(bares.map((one) => one.cpu))];
    const [time, least] = [median(checks.map((one) => one.time)), median(bares.map((one) => one.time))];
    const rate = (seconds: number): string => `${(seen.objects / seconds).toFixed(0)} objects/s, ${(seen.bytes / MiB / seconds).toFixed(1)} MiB/s`;
    return {
      what,
      value: other / own,
      unit: 'of reading and hashing alone, by processor time',
      reach: guard(`≥ ${reach}`),
      reached: other / own >= reach,
      detail: `${rate(time)} against ${rate(least)} on the clock; ${seen.objects} objects, ${(seen.bytes / MiB).toFixed(0)} MiB`,
    };
  } finally {
    await archive.close();
  }
}

/** What the journal adds to a read of a small object. */
async function journal(): Promise<Figure> {
  const folder = await mkdtemp(join(tmpdir(), 'lantai-bench-'));
  const store = new FolderStore({ folder });
  const alone = new ReadJournal(join(folder, 'alone'));
  const reads = 4_000;
  try {
    await store.prepare();
    await mkdir(join(folder, 'alone'));
    const ref = await store.put('v1/bench/object', randomBytes(2_500), 2_500);
    const many = async (work: () => Promise<unknown>): Promise<void> => {
      for (let i = 0; i < reads; i += 64) await Promise.all(Array.from({ length: 64 }, work));
    };
    const [gets, notes]: [number[], number[]] = [[], []];
    for (let i = 0; i < ROUNDS; i++) {
      gets.push(
        (
          await costs(() =>
            many(async () => {
              for await (const piece of await store.get(ref)) void piece;
            }),
          )
        ).cpu,
      );
      notes.push((await costs(() => many(() => alone.note(ref.key, { start: 0, end: 2_501 })))).cpu);
    }
    const [get, note] = [(median(gets) / reads) * 1e6, (median(notes) / reads) * 1e6];
    return {
      what: 'the journal of the folder, 64 reads at once',
      value: note / get,
      unit: 'of a read of 2.5 KB, by processor time',
      reach: guard('≤ 0.25'),
      reached: note / get <= 0.25,
      detail: `${note.toFixed(1)} µs of ${get.toFixed(1)} µs`,
    };
  } finally {
    await store.close();
    await alone.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Verifying the whole archive against reading and hashing the same bytes, and what the journal of reads costs. */
export async function benchChecks(): Promise<Figure[]> {
  const many = async (archive: TestArchive): Promise<void> => {
    const clerk = archive.person('records_clerk', 'archive');
    const batch = await openImportBatch(archive.deps, clerk, 'crm');
    for (let i = 0; i < SMALL; i += 100)
      await captureMany(
        archive.deps,
        clerk,
        Array.from({ length: 100 }, () => ({ draft: testDraft() })),
        { batchId: batch.id, importId: null },
      );
  };
  const large = async (archive: TestArchive): Promise<void> => {
    const agent = archive.person('agent');
    for (let i = 0; i < LARGE; i++) {
      const body = Readable.from([Buffer.from(randomBytes(SIZE / 2).toString('hex'))], { objectMode: false });
      await capture(archive.deps, agent, { draft: testDraft(), files: [{ name: 'long.txt', body, size: SIZE }] });
    }
  };
  return [
    await compared(large, `verify archive, files of ${SIZE / MiB} MiB`, 0.3),
    await compared(many, 'verify archive, records of 1 KB', 0.05),
    await journal(),
  ];
}
