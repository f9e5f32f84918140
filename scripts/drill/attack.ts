import type { KeyObject } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type Keystore, objectContext, openBuffer } from '../../src/crypto/index.js';
import { readKek, unsealKek } from '../../src/crypto/keystore/kek.js';
import { KEK_FOLDER, readRoot } from '../../src/crypto/keystore/root.js';
import { type Queryable, sql } from '../../src/db/index.js';
import type { ObjectStore } from '../../src/storage/index.js';
import { ContentKeys } from '../../src/vault/keys/content-keys.js';

interface Row {
  id: string;
  record_id: string;
  version_id: string;
  store_key: string;
  store_version: string;
  wrapped_key: Buffer | null;
  bucket: string;
  generation: number;
}

/** A wrap with the place of its sealed bytes, as a thief of the database would keep it. */
export type Loot = Row;

export function lootOf(on: Queryable, records: readonly string[]): Promise<Loot[]> {
  return on.many<Row>(sql`
    select id, record_id, version_id, store_key, store_version, wrapped_key, bucket, generation from objects where record_id = any (${[...records]}::uuid[]) order by id`);
}

/** Every key of a keystore's folder, whatever its state says, taken out of the files themselves. */
export async function everyKey(folder: string): Promise<KeyObject[]> {
  const found = await readRoot(folder);
  if (!found) throw new Error('no keystore');
  const keys: KeyObject[] = [found.root];
  for (const name of await readdir(join(folder, KEK_FOLDER))) {
    const file = readKek(found.root, await readFile(join(folder, KEK_FOLDER, name), 'utf8'));
    if (file.key !== null) keys.push(unsealKek(found.root, file));
  }
  return keys;
}

/** Tries to open an object with every key there is, past every guard of the program; its text where one of them opens it. */
export async function open(loot: Loot, keystore: Keystore, store: ObjectStore): Promise<string | undefined> {
  for (const key of await everyKey(keystore.folder)) {
    const content = await contentKey(loot, keystore.archiveId, key);
    if (!content) continue;
    const sealed = await buffer(await store.get({ key: loot.store_key, version: loot.store_version }));
    const context = objectContext({ archive: keystore.archiveId, record: loot.record_id, version: loot.version_id, object: loot.id });
    return openBuffer({ key: content, context }, sealed).toString('utf8');
  }
  return undefined;
}

async function contentKey(loot: Loot, archiveId: string, key: KeyObject): Promise<KeyObject | undefined> {
  const keys = new ContentKeys({ keystore: { archiveId, kek: () => Promise.resolve(key) } } as unknown as ConstructorParameters<typeof ContentKeys>[0]);
  try {
    return await keys.unwrap({ recordId: loot.record_id, objectId: loot.id }, loot.wrapped_key, { bucket: loot.bucket, generation: loot.generation });
  } catch {
    return undefined;
  }
}
