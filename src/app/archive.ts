import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { accessControl, createPolicies, type AccessControl, type Policies } from '../access/index.js';
import { createAccounts, createProvider, type Accounts } from '../accounts/index.js';
import { ArchiveChecks } from '../checks/index.js';
import { createAudit, LogRuns, storedLogs, type Audit } from '../audit/index.js';
import { exceptionOn, loadCalendars, loadSchemes, type WorkingCalendar } from '../classification/index.js';
import { readYaml, workCalendar, type Config, type Logger, type WorkCalendar } from '../config/index.js';
import { openKeystore, type Keystore } from '../crypto/index.js';
import { migrateSchema, openDatabase, openDatabases, type Databases, type Db, type Notice, type Queryable } from '../db/index.js';
import { migrateJobs } from '../jobs/index.js';
import { createPainter, type Painter } from '../extract/index.js';
import { type DispositionDeps, type DueDeps, type ExecutionDeps, type HoldsDeps, loadDispositionRules, type LogTermDeps } from '../disposition/index.js';
import type { RequestsDeps } from '../requests/index.js';
import { loadPrivacyPolicies, type PrivacyDeps } from '../privacy/index.js';
import { actingRule, createRules, Imports, importsOf, RunningStreams, type RecordsDeps, type Rules } from '../records/index.js';
import { PackRuns, type EvidenceDeps, type EvidenceDesk } from '../evidence/index.js';
import { loadOversightRules, loadSignalRules, type ReportsDeps } from '../reports/index.js';
import { loadSchedules } from '../retention/index.js';
import type { Follower, SearchDeps, SearchEngine } from '../search/index.js';
import { openStore, type ObjectStore } from '../storage/index.js';
import { type Certificates, createCertificates, createVault, isBound, type Vault } from '../vault/index.js';
import { certificatesIn } from './pem.js';
import { rawPlacesOf } from './raw-places.js';
import { wireSearch } from './search.js';

/** A file or folder of the project, wherever it is installed; relative to the compiled file in `dist/src/app`. */
export const projectPath = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** Everything of an archive, wired once, by hand. */
export interface Archive {
  config: Config;
  log: Logger;
  databases: Databases;
  db: Db;
  auditDb: Db;
  keystore: Keystore;
  store: ObjectStore;
  vault: Vault;
  certificates: Certificates;
  painter: Painter;
  audit: Audit;
  logRuns: LogRuns;
  /** Verifications of the whole archive. */
  checks: ArchiveChecks;
  policies: Policies;
  access: AccessControl;
  accounts: Accounts;
  rules: Rules;
  records: RecordsDeps;
  privacy: PrivacyDeps;
  imports: Imports;
  engine: SearchEngine;
  follower: Follower;
  search: SearchDeps;
  requests: RequestsDeps;
  disposition: DispositionDeps;
  holds: HoldsDeps;
  /** Carrying out destructions. */
  execution: ExecutionDeps;
  /** The end of the term of logs. */
  logTerms: LogTermDeps;
  due: DueDeps;
  reports: ReportsDeps;
  evidence: EvidenceDesk;
  mappings: string;
  /** When people work here, by the calendar that acts. */
  hours: () => WorkCalendar;
  now: () => Date;
  random: (n: number) => Buffer;
  /** Ends what runs and lets go of the stores; `last` is done while the log still works and nothing else appends to it any more. */
  close(last?: () => Promise<unknown>): Promise<void>;
}

export interface OpenOptions {
  log: Logger;
  /** Told what an operator would want to know about the embedded database. */
  tell: (notice: Notice) => void;
  /** Brings the schema up first; commands that only attach leave it alone. */
  migrate: boolean;
  now?: () => Date;
}

/** The programs that verify what leaves the archive; they go along with it. */
const verifiers = (): Promise<{ name: string; content: Buffer }[]> =>
  Promise.all(['verify_evidence.py', 'verify_log.py'].map(async (name) => ({ name, content: await readFile(projectPath(`scripts/verify/${name}`)) })));

const loadHours = (): Promise<unknown> => readYaml(projectPath('policies/hours/default.yaml'));
const hoursUnder = (source: unknown, zone: string, calendar: WorkingCalendar): WorkCalendar =>
  workCalendar(source, zone, { version: calendar.digest, on: (day) => exceptionOn(calendar, day) });

/** The working hours over the calendar that acts, made once for each. A file that is none of hours refuses at once. */
function workingTime(source: unknown, zone: string, newest: WorkingCalendar, acting: () => WorkingCalendar): () => WorkCalendar {
  let made = { calendar: newest, hours: hoursUnder(source, zone, newest) };
  return () => {
    const calendar = acting();
    if (made.calendar !== calendar) made = { calendar, hours: hoursUnder(source, zone, calendar) };
    return made.hours;
  };
}

/** The working hours of an archive whose rules nobody has started: for commands that only read. */
export async function workingHours(config: Pick<Config, 'timeZone'>, db: Queryable): Promise<WorkCalendar> {
  const { versions, newest } = await loadCalendars(projectPath('policies/calendar'));
  const name = await actingRule(db, 'calendar');
  return hoursUnder(await loadHours(), config.timeZone, versions.find((one) => one.name === name) ?? newest);
}

/** Opens the stores of a configuration and wires the modules over them. Nothing runs yet: no port, no jobs, no integrator. */
export async function openArchive(config: Config, options: OpenOptions): Promise<Archive> {
  const now = options.now ?? ((): Date => new Date());
  const databases = await openDatabases(config, { tell: options.tell });
  const closers: (() => Promise<unknown>)[] = [() => databases.close()];
  try {
    if (options.migrate) {
      await migrateSchema(databases.urls.owner);
      await migrateJobs(databases.urls.owner);
    }
    const db = openDatabase({ connectionString: databases.urls.app, max: 20, applicationName: 'lantai' });
    closers.unshift(() => db.close());
    const auditDb = openDatabase({ connectionString: databases.urls.audit, max: 3, applicationName: 'lantai integrator' });
    closers.unshift(() => auditDb.close());
    // a keystore is made only for a database that has never known one: a lost keystore must never be replaced by an empty one
    const keystore = await openKeystore(config.keystore, { copies: config.keystoreCopies, create: !(await isBound(db)), now });
    const store = openStore(config.s3 ? { kind: 's3', ...config.s3 } : { kind: 'folder', folder: join(config.dataDir, 'objects') });
    closers.unshift(() => store.close());
    const stored = storedLogs(store, keystore.archiveId);
    const onTrouble = (reason: string): void => options.log.warn('audit.trouble', { reason });
    const audit = createAudit({ db, auditDb, keystore, stored, now, random: randomBytes, onTrouble });
    closers.unshift(() => audit.stop());
    let atLast: (() => Promise<unknown>) | undefined;
    closers.unshift(async () => atLast?.());
    const onDamage = ({ objectId, kind }: { objectId: string; kind: string }): void => options.log.warn('object.damaged', { object: objectId, kind });
    const vault = createVault({ db, store, keystore, audit, now, random: randomBytes, onDamage });
    const painter = createPainter();
    closers.unshift(() => painter.close());
    const certificates = createCertificates({ db, audit, keystore, archiveName: config.archiveName, now, random: randomBytes });
    const signOnFile = config.oidc && (config.oidc.mapping ?? projectPath('policies/sign-on/groups.yaml'));
    const policies = createPolicies({ db, audit, folder: projectPath('policies'), profile: config.profile, signOnFile, now });
    const access = accessControl(() => policies.active(), now);
    const logRuns = new LogRuns({
      db,
      audit,
      keystore,
      authorize: (actor, right) => access.authorize(actor, right),
      now,
      onTrouble: (reason) => options.log.warn('audit.verification', { reason }),
    });
    closers.unshift(() => logRuns.stop());
    const { sessionIdleMinutes, sessionHours, accountSleepDays } = config;
    const accounts = createAccounts({
      db,
      audit,
      policies,
      secret: keystore.secret('sign-in'),
      keystore,
      archiveName: config.archiveName,
      limits: { sessionIdleMinutes, sessionHours, accountSleepDays },
      signOn: config.oidc && { provider: createProvider(config.oidc), key: keystore.secret('sign-on'), ...config.oidc },
      now,
      random: randomBytes,
    });
    const signalRules = await loadSignalRules(projectPath('policies/signals'));
    const calendars = await loadCalendars(projectPath('policies/calendar'));
    const dispositionRules = (await loadDispositionRules(projectPath('policies/disposition'))).versions;
    const oversightRules = await loadOversightRules(projectPath('policies/oversight'));
    const rules = createRules({
      db,
      audit,
      access,
      schemes: await loadSchemes(projectPath('policies/scheme')),
      schedules: await loadSchedules(projectPath('retention')),
      more: { signals: signalRules.versions, calendar: calendars.versions, disposition: dispositionRules, oversight: oversightRules.versions },
      now,
    });
    const checks = new ArchiveChecks({
      db,
      audit,
      keystore,
      store,
      schedules: rules.schedules,
      authorize: (actor, right) => access.authorize(actor, right),
      now,
      random: randomBytes,
      onDamage,
      onTrouble: (reason) => options.log.warn('archive.verification', { reason }),
    });
    closers.unshift(() => checks.stop());
    const calendar = (): WorkingCalendar => rules.acting('calendar', calendars.versions);
    const records: RecordsDeps = {
      db,
      audit,
      access,
      vault,
      streams: new RunningStreams(),
      keystore,
      schemes: rules.schemes,
      schedules: rules.schedules,
      calendar,
      settings: { fonds: config.fonds, zone: config.timeZone, limits: config.limits, readingIdleMinutes: config.readingIdleMinutes },
      now,
      onTrouble: (code) => options.log.warn('trouble', { code }),
      assertOpen: () => accounts.assertBootstrapped(),
    };
    const privacy: PrivacyDeps = {
      ...records,
      policies: await loadPrivacyPolicies(projectPath('policies/privacy')),
      archiveName: config.archiveName,
      signer: certificates,
    };
    const imports = new Imports(importsOf(records), {
      folder: join(config.dataDir, 'uploads'),
      maxBytes: config.limits.importBytes,
      onStopped: (importId, error) => options.log.error('import.stopped', error, { import: importId }),
    });
    closers.unshift(() => imports.close());
    const found = await wireSearch({
      log: options.log,
      meilisearch: config.meilisearch,
      connectionString: databases.urls.app,
      records,
      scheme: projectPath('policies/scheme'),
      departments: () => accounts.departmentNames(),
      importing: () => imports.busy,
    });
    closers.unshift(() => found.close());
    const evidence: EvidenceDeps = {
      ...records,
      store,
      signer: certificates,
      certificates,
      namesOfPersons: (persons) => accounts.namesOfPersons(persons),
      authorities: () => (config.timestamps ? certificatesIn(config.timestamps.certificates) : []),
      verifiers,
      settings: { fonds: config.fonds, zone: config.timeZone, archiveName: config.archiveName },
      random: randomBytes,
    };
    const packs = new PackRuns(evidence, (error) => options.log.error('evidence.failed', error));
    closers.unshift(() => packs.close());
    const disposition: DispositionDeps = {
      ...records,
      dispositionRules: () => rules.acting('disposition', dispositionRules),
      dispositionVersions: dispositionRules,
      rules: () => policies.active(),
      people: accounts,
      archiveName: config.archiveName,
      signer: certificates,
    };
    const hours = workingTime(await loadHours(), config.timeZone, calendars.newest, calendar);
    const onStuck: ExecutionDeps['onTrouble'] = (code, facts) => options.log.warn(code.replaceAll('_', '.'), facts);
    const onFault = (error: unknown): void => options.log.error('destruction.failed', error);
    return {
      config,
      log: options.log,
      databases,
      db,
      auditDb,
      keystore,
      store,
      vault,
      certificates,
      painter,
      audit,
      logRuns,
      checks,
      policies,
      access,
      accounts,
      rules,
      records,
      privacy,
      imports,
      engine: found.engine,
      follower: found.follower,
      search: found.search,
      requests: { ...records, rules: () => policies.active(), people: accounts, search: found.search },
      disposition,
      logTerms: { ...disposition, schedules: rules.schedules, auditDb, store, hours, onTrouble: onStuck, onFault },
      holds: { ...records, people: accounts, search: found.search, store },
      due: { ...records, rules },
      reports: {
        db,
        audit,
        access,
        keystore,
        vault,
        streams: records.streams,
        signer: certificates,
        rules,
        signalRules,
        oversightRules,
        calendars,
        settings: { fonds: config.fonds, zone: config.timeZone, archiveName: config.archiveName },
        now,
        random: randomBytes,
      },
      evidence: { ...evidence, runs: packs },
      execution: {
        ...records,
        store,
        index: found.watch,
        uploads: imports,
        rawPlaces: () => rawPlacesOf(config, databases.folder),
        signer: certificates,
        archiveName: config.archiveName,
        namesOf: (persons) => accounts.namesOfPersons(persons),
        random: randomBytes,
        onTrouble: onStuck,
        onFault,
      },
      mappings: projectPath('policies/mappings'),
      hours,
      now,
      random: randomBytes,
      async close(last) {
        atLast = last;
        for (const close of closers) await close();
      },
    };
  } catch (error) {
    for (const close of closers) await close().catch(() => undefined);
    throw error;
  }
}
