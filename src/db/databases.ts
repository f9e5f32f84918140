import type { Config } from '../config/index.js';
import type { Notice } from './embedded-binaries.js';
import { startEmbedded } from './embedded.js';
import { migrate, readMigrations } from './migrate.js';

/** Connection strings of the three roles. Never logged. */
export interface DatabaseUrls {
  owner: string;
  app: string;
  audit: string;
}

export interface Databases {
  urls: DatabaseUrls;
  /** Whether PostgreSQL runs in the data folder. */
  embedded: boolean;
  /** The folder of the embedded one's files, which is not always in the data folder. */
  folder?: string;
  /** Leaves the database; an embedded one is stopped when nobody else uses it. */
  close(): Promise<void>;
}

export interface OpenDatabasesOptions {
  /** Told what an operator would want to know about the embedded server. */
  tell?: (notice: Notice) => void;
  /** The embedded server was lost and runs again: connections that listen must be made anew. */
  onRestart?: () => void;
}

/** The configured PostgreSQL, or the embedded one of the data folder: started, or attached to when another command runs it. */
export async function openDatabases(config: Pick<Config, 'database' | 'dataDir'>, options: OpenDatabasesOptions = {}): Promise<Databases> {
  if (config.database) {
    const { ownerUrl, appUrl, auditUrl } = config.database;
    return { urls: { owner: ownerUrl, app: appUrl, audit: auditUrl }, embedded: false, close: () => Promise.resolve() };
  }
  const server = await startEmbedded({ dataDir: config.dataDir, ...options });
  return { urls: { owner: server.ownerUrl, app: server.appUrl, audit: server.auditUrl }, embedded: true, folder: server.folder, close: () => server.stop() };
}

/** The project's own migrations, wherever it is installed; relative to the compiled file in `dist/src/db`. */
export const MIGRATIONS = new URL('../../../migrations/', import.meta.url);

/** Brings the schema to what this program knows. @returns the files applied now */
export async function migrateSchema(ownerUrl: string): Promise<string[]> {
  return migrate(ownerUrl, await readMigrations(MIGRATIONS));
}
