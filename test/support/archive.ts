import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { accessControl, readPolicies, startStandingRules } from '../../src/access/index.js';
import type { Actor } from '../../src/audit/index.js';
import { loadCalendars, loadSchemes } from '../../src/classification/index.js';
import type { Keystore } from '../../src/crypto/index.js';
import { newId } from '../../src/db/index.js';
import { RunningStreams, type RecordsDeps } from '../../src/records/index.js';
import { loadSchedules } from '../../src/retention/index.js';
import { openStore, type ObjectStore } from '../../src/storage/index.js';
import { createVault } from '../../src/vault/index.js';
import { FolderStore } from '../../src/storage/folder/folder.js';
import { testActor, testAudit } from './audit.js';
import { testDatabase, type TestDatabase } from './database.js';

const root = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

export interface TestArchive {
  deps: RecordsDeps;
  database: TestDatabase;
  store: ObjectStore;
  storeFolder: string;
  keystore: Keystore;
  /** Moves the archive's clock. */
  clock: { now: Date };
  /** A person with roles, and the account behind. */
  person(role: string, department?: string): Actor;
  close(): Promise<void>;
}

/** What the use-cases of records work with, over parts that are there. */
export async function archiveDeps(
  parts: Pick<RecordsDeps, 'db' | 'audit' | 'keystore' | 'now'> & { store: ObjectStore },
  change: Partial<RecordsDeps> = {},
): Promise<RecordsDeps> {
  const { store, ...own } = parts;
  const vault = createVault({ ...own, store, random: randomBytes });
  await vault.prepare();
  const policies = await readPolicies(root('policies'), 'default');
  const calendars = await loadCalendars(root('policies/calendar'));
  return {
    ...own,
    access: accessControl(() => policies, own.now),
    vault,
    streams: new RunningStreams(),
    schemes: await loadSchemes(root('policies/scheme')),
    schedules: await loadSchedules(root('retention')),
    calendar: () => calendars.newest,
    settings: {
      fonds: 'Z001',
      zone: 'Asia/Shanghai',
      limits: { fileBytes: 5 * 2 ** 30, filesPerRecord: 100, jsonBytes: 2 ** 20, importBytes: 2 ** 30 },
      readingIdleMinutes: 60,
    },
    onTrouble: () => undefined,
    assertOpen: () => Promise.resolve(),
    ...change,
  };
}

/** A whole archive on a database of its own, with a folder as its store: real parts, no server. `logClock`: the log too has the archive's clock; `at`: where that begins, the store's locks with it. */
export async function testArchive(
  change: Partial<RecordsDeps> = {},
  options: { logClock?: boolean; database?: TestDatabase; at?: Date } = {},
): Promise<TestArchive> {
  const database = options.database ?? (await testDatabase());
  const storeFolder = await mkdtemp(join(tmpdir(), 'lantai-test-store-'));
  const clock = { now: options.at ?? new Date() };
  const now = (): Date => clock.now;
  const log = await testAudit(database, options.logClock ? { now } : {});
  const store = options.at ? new FolderStore({ folder: storeFolder, now }) : openStore({ kind: 'folder', folder: storeFolder });
  const deps = await archiveDeps({ db: database.app, audit: log.audit, keystore: log.keystore, store, now }, change);
  await startStandingRules(deps, root('policies/standing'));
  return {
    deps,
    database,
    store,
    storeFolder,
    keystore: log.keystore,
    clock,
    person: (role, department = 'hotline') =>
      testActor({ personId: newId(), accountId: newId(), pseudonym: `p-${randomBytes(10).toString('hex').slice(0, 16)}`, roles: [role], department }),
    async close() {
      await log.stop();
      await database.close();
      await rm(storeFolder, { recursive: true, force: true });
    },
  };
}

let serial = 0;

/** A complete draft; what a test cares about is given. */
export function testDraft(change: Record<string, unknown> = {}): Record<string, unknown> {
  serial += 1;
  return {
    source: { system: 'crm' },
    serviceNo: `S-${process.pid}-${serial}`,
    openedAt: '2026-03-01T09:00:00+08:00',
    closedAt: '2026-03-01T10:00:00+08:00',
    serviceType: 'routine',
    client: { number: 'C-1029', name: '王小明', type: 'individual', phone: '13812345678' },
    staff: { number: '8001', name: '李静' },
    department: 'hotline',
    channel: 'phone',
    title: '宽带报修：晚间频繁掉线',
    content: '客户来电反映晚间宽带频繁掉线，要求上门检查。',
    solution: '远程重置光猫，预约次日上门更换网线。',
    clientFeedback: '客户表示满意',
    result: '已解决',
    evaluation: 5,
    medium: 'electronic',
    ...change,
  };
}
