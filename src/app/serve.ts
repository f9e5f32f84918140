import { startStandingRules } from '../access/index.js';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { destroyAgain, systemActor } from '../audit/index.js';
import type { IssuedInvitation } from '../accounts/index.js';
import { certifying, replayLedger } from '../disposition/index.js';
import { CodedError } from '../errors/index.js';
import { type Db, lockFolder, openDatabase, type FolderLock } from '../db/index.js';
import { allRoutes, createApp, listen, type HttpDeps, type Listening } from '../http/index.js';
import { createJobs } from '../jobs/index.js';
import { closeAbandoned, finishAnnounced, finishInterrupted, watchGrants } from '../records/index.js';
import { papersOver } from '../requests/index.js';
import { openArchive, type Archive, type OpenOptions, projectPath } from './archive.js';
import { publishLast } from './log.js';
import { keeper, regularTasks } from './tasks.js';
import type { Config, Logger } from '../config/index.js';

/** Milliseconds that running answers may take to finish when the server is told to stop. */
const GRACE = 20_000;

export interface ServeOptions extends Omit<OpenOptions, 'migrate'> {
  /** A demo archive, decided at the first start for ever. */
  demo: boolean;
  /** Also works on jobs and moves audit entries; `false` where `lantai worker` runs beside. */
  worker: boolean;
  version: string;
  /** Loads the demo archive; called once, at the first start with `demo`. */
  loadDemo?: (archive: Archive) => Promise<void>;
}

export interface Serving {
  url: string;
  archive: Archive;
  /** The invitations of the first start, shown this once. */
  invitations: IssuedInvitation[];
  demo: boolean;
  stop(): Promise<void>;
}

/** Opens the archive and serves it. Only one `serve` works on a data folder: a second one is refused with `conflict`. */
export async function serve(config: Config, options: ServeOptions): Promise<Serving> {
  await mkdir(config.dataDir, { recursive: true });
  const lock = await lockFolder(config.dataDir, 'serve');
  if (!lock) throw new CodedError('conflict', { detail: 'another serve works on this data folder' });
  try {
    return await serveLocked(config, options, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function serveLocked(config: Config, options: ServeOptions, lock: FolderLock): Promise<Serving> {
  const archive = await openArchive(config, { ...options, migrate: true });
  const jobs = createJobs({ connectionString: archive.databases.urls.app, tasks: regularTasks(archive), log: options.log });
  let listening: Listening | undefined;
  let grants: { close(): Promise<void> } | undefined;
  const stop = async (): Promise<void> => {
    await listening?.close(GRACE);
    await jobs.stop();
    await archive.rules.stop();
    await grants?.close();
    await archive.policies.stop();
    await archive.close(() => publishLast(archive));
    await lock.release();
  };
  try {
    await archive.audit.startIntegrator();
    await archive.vault.prepare();
    await catchUp(archive, options.log);
    await archive.certificates.prepare();
    await archive.policies.start();
    await archive.rules.start();
    await forgetLogs(archive, options.log);
    await startStandingRules(archive.records, projectPath('policies/standing'));
    grants = await watchGrants(archive.records, (ids) => papersOver(archive.requests, ids));
    const invitations = await firstStart(archive, options);
    await recover(archive);
    if (options.worker) {
      await jobs.start();
      archive.follower.start();
    }
    const state = await archive.accounts.bootstrapState();
    const demo = state.state !== 'none' && state.demo;
    if (options.demo && invitations === undefined && !demo) throw new CodedError('conflict', { detail: 'a demo needs an empty data folder' });
    const deps = httpDeps(archive, demo, options.version);
    const app = createApp(deps, allRoutes(deps));
    const tls = config.tls && { key: readFileSync(config.tls.key), certificate: readFileSync(config.tls.certificate) };
    listening = await listen(app, { host: config.host, port: config.port, tls });
    return { url: listening.url, archive, invitations: invitations ?? [], demo, stop };
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
}

/** The first start opens the bootstrap, or loads the demo; a later one does nothing. `undefined` = this was a later one. */
async function firstStart(archive: Archive, options: ServeOptions): Promise<IssuedInvitation[] | undefined> {
  if ((await archive.accounts.bootstrapState()).state !== 'none') return undefined;
  const invitations = await archive.accounts.openBootstrap({ demo: options.demo, requestId: systemActor().requestId });
  if (!options.demo) return invitations;
  await options.loadDemo?.(archive);
  return [];
}

/** A catalogue that was restored from a backup is brought up to the ledger of destructions, before anything of it is served. */
async function catchUp(archive: Archive, log: Logger): Promise<void> {
  const asReplay = (): Db => openDatabase({ connectionString: archive.databases.urls.owner, role: 'lantai_replay', max: 1, statementTimeout: 0 });
  const done = await replayLedger({ ...archive.execution, asReplay }, systemActor());
  if (done.destructions > 0 || done.keyTable)
    log.warn('destruction.replayed', { destructions: done.destructions, records: done.records, keyTable: done.keyTable });
}

/** Entries of logs that were destroyed at the end of their term go again where a backup brought them back. Once the rules act. */
async function forgetLogs(archive: Archive, log: Logger): Promise<void> {
  const asReplay = (): Db => openDatabase({ connectionString: archive.databases.urls.owner, role: 'lantai_replay', max: 1, statementTimeout: 0 });
  const logs = await destroyAgain({ ...certifying(archive.logTerms), audit: archive.audit, asReplay }, systemActor());
  if (logs.length > 0) log.warn('log.destroyed.again', { logs: logs.join(' ') });
}

/** What a crash left half done is finished before anybody is served. */
async function recover(archive: Archive): Promise<void> {
  const system = systemActor();
  // with the data folder to itself, no other process can have a stream open
  if (archive.databases.embedded) await closeAbandoned(archive.records, system, archive.now());
  await finishAnnounced(archive.records, system);
  await finishInterrupted(archive.records, system, 0);
  await archive.imports.resumeInterrupted(system);
}

/** Milliseconds for which an answer of readiness holds: anybody may ask, and asking the store costs a flush. */
const READY_MS = 2_000;

async function readiness(archive: Archive): Promise<{ ok: boolean; parts: Record<string, boolean> }> {
  const state = await archive.audit.state().catch(() => undefined);
  const store = await archive.store.prepare().then(
    () => true,
    () => false,
  );
  const parts = { database: state !== undefined, audit: state !== undefined && state.trouble === null, store };
  return { ok: Object.values(parts).every(Boolean), parts };
}

/** Asks at most once in so many milliseconds; whoever asks meanwhile shares the answer. */
function remembered<T>(ask: () => Promise<T>, milliseconds: number): () => Promise<T> {
  let last: { at: number; answer: Promise<T> } | undefined;
  return () => {
    const at = performance.now();
    if (last === undefined || at - last.at > milliseconds) last = { at, answer: ask() };
    return last.answer;
  };
}

export function httpDeps(archive: Archive, demo: boolean, version: string): HttpDeps {
  return {
    ...archive,
    version,
    demo,
    signer: archive.certificates,
    keeper: keeper(archive),
    ready: remembered(() => readiness(archive), READY_MS),
  };
}
