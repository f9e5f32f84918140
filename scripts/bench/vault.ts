import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testVault, type TestVault } from '../../test/support/vault.js';
import { openStore, type ObjectStore } from '../../src/storage/index.js';

/** The store to measure: S3 where `LANTAI_TEST_S3_ENDPOINT` names one, else a folder in the temporary folder. */
export async function benchStore(): Promise<{ store: ObjectStore; close: () => Promise<void> }> {
  const endpoint = process.env['LANTAI_TEST_S3_ENDPOINT'];
  const folder = await mkdtemp(join(tmpdir(), 'lantai-bench-'));
  const store =
    endpoint === undefined
      ? openStore({ kind: 'folder', folder: join(folder, 'objects') })
      : openStore({
          kind: 's3',
          endpoint,
          bucket: `lantai-bench-${randomBytes(4).toString('hex')}`,
          accessKey: process.env['LANTAI_TEST_S3_ACCESS_KEY'] ?? '',
          secretKey: process.env['LANTAI_TEST_S3_SECRET_KEY'] ?? '',
        });
  await store.prepare();
  return {
    store,
    async close() {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function withVault<T>(work: (vault: TestVault, store: ObjectStore) => Promise<T>): Promise<T> {
  const { store, close } = await benchStore();
  const vault = await testVault({ store });
  try {
    return await work(vault, store);
  } finally {
    await vault.close();
    await close();
  }
}
