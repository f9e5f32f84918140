import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import type { Config } from '../config/index.js';
import type { RawPlace } from '../disposition/index.js';

/**
 * Folders in which the closure check looks for canaries: objects and uploads, the rest of the data folder (the embedded database with
 * its logs), the temporary folder, and what the operator named: the files of a Meilisearch, of a database elsewhere, of logs. The
 * keystore is none: nothing but keys stands there.
 * @param database the embedded database's folder: as root it may lie outside the data folder
 */
export function rawPlacesOf(config: Pick<Config, 'dataDir' | 's3' | 'keystore' | 'rawFolders'>, database?: string): RawPlace[] {
  const [objects, uploads] = [join(config.dataDir, 'objects'), join(config.dataDir, 'uploads')];
  const elsewhere = database !== undefined && relative(resolve(config.dataDir), resolve(database)).startsWith('..');
  return [
    ...(config.s3 ? [] : [{ what: 'store' as const, folder: objects }]),
    { what: 'uploads', folder: uploads },
    { what: 'database', folder: config.dataDir, except: [objects, uploads, config.keystore] },
    ...(elsewhere ? [{ what: 'database' as const, folder: database }] : []),
    { what: 'temporary', folder: tmpdir(), except: [config.dataDir] },
    ...config.rawFolders.map((folder) => ({ what: 'named' as const, folder })),
  ];
}
