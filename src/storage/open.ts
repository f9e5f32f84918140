import { FolderStore } from './folder/folder.js';
import type { ObjectStore } from './port.js';
import { type S3Options, S3Store } from './s3/s3.js';

export type StoreConfig = { kind: 'folder'; folder: string; now?: () => Date } | ({ kind: 's3' } & S3Options);

/** Opens the object store of a configuration. `prepare` it before use. */
export function openStore(config: StoreConfig): ObjectStore {
  return config.kind === 'folder' ? new FolderStore(config) : new S3Store(config);
}
