import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { type Audit, type AuditDeps, createAudit, publishLog, type PublishDeps, storedLogs, verifyStored } from '../../src/audit/index.js';
import type { Keystore } from '../../src/crypto/index.js';
import { sql } from '../../src/db/index.js';
import { FolderStore } from '../../src/storage/folder/folder.js';
import { testEntry, testKeys } from '../support/audit.js';
import { testDatabase, type TestDatabase } from '../support/database.js';
import { scratch } from './published-support.js';

/** What a restore of the database brings back of the log. */
const TABLES = [
  'audit_entries',
  'audit_tiles',
  'audit_heads',
  'audit_side',
  'audit_pending',
  'audit_published',
  'audit_epochs',
  'audit_replays',
  'audit_breaks',
];

/** A log with its object store, whose database can be put back to an earlier state. */
export interface Restorable {
  database: TestDatabase;
  keystore: Keystore;
  store: FolderStore;
  folder: string;
  deps: PublishDeps;
  /** Starts a log over what there is; it is stopped with the test. */
  start: (faults?: AuditDeps['faults'], audit?: Partial<AuditDeps>) => Promise<Audit>;
  add: (audit: Audit, count: number) => Promise<void>;
  publish: () => Promise<void>;
  backup: () => Promise<void>;
  /** Puts the database back to the backup. */
  restore: () => Promise<void>;
  texts: (log?: string) => Promise<string[]>;
  whole: (t: ExecutionContext) => Promise<Awaited<ReturnType<typeof verifyStored>>>;
}

export async function restorable(t: ExecutionContext): Promise<Restorable> {
  const database = await testDatabase();
  const place = await scratch();
  const keystore = await testKeys();
  const store = new FolderStore({ folder: join(place.path, 'objects') });
  await store.prepare();
  const running: Audit[] = [];
  const now = (): Date => new Date();
  const deps: PublishDeps = { auditDb: database.audit, store, archiveId: keystore.archiveId, now, keepUntil: () => new Date(Date.now() + 86_400_000) };
  t.teardown(async () => {
    for (const one of running) await one.stop();
    await store.close();
    await database.close();
    await place.remove();
    await rm(keystore.folder, { recursive: true, force: true });
  });
  const each = async (statement: string): Promise<void> => {
    for (const name of TABLES) {
      await database.owner.tx(async (tx) => {
        await tx.run(sql`select set_config('test.statement', ${statement.replaceAll('$', name)}, true)`);
        await tx.run(sql`do $$ begin execute current_setting('test.statement'); end $$`);
      });
    }
  };
  return {
    database,
    keystore,
    store,
    folder: join(place.path, 'objects/log', keystore.archiveId),
    deps,
    async start(faults, more) {
      const stored = storedLogs(store, keystore.archiveId);
      const audit = createAudit({
        db: database.app,
        auditDb: database.audit,
        keystore,
        stored,
        now,
        random: randomBytes,
        timeout: 5000,
        ...(faults ? { faults } : {}),
        ...more,
      });
      running.push(audit);
      await audit.startIntegrator();
      return audit;
    },
    async add(audit, count) {
      const entries = Array.from({ length: count }, (_, i) => testEntry({ facts: { count: i }, ...(i % 3 === 0 ? { side: { note: `n${i}` } } : {}) }));
      const pending = await database.app.tx((tx) => audit.appendMany(tx, entries));
      await Promise.all(pending.map((one) => audit.settled(one)));
    },
    async publish() {
      await publishLog(deps);
    },
    backup: () => each('create table kept_$ as select * from $'),
    async restore() {
      await each('alter table $ disable trigger user');
      await each('delete from $');
      await each('insert into $ select * from kept_$');
      await each('alter table $ enable trigger user');
    },
    async texts(log) {
      const found = await database.owner.many<{ entry: string }>(sql`
        select entry from audit_entries where ${log ?? null}::text is null or log = ${log ?? null} order by log, sequence`);
      return found.map((one) => one.entry);
    },
    async whole(t) {
      const report = await verifyStored(database.owner, keystore);
      t.deepEqual(report.faults, []);
      return report;
    },
  };
}

/** Why the log cannot go on, once it says so. */
export async function troubleOf(audit: Audit): Promise<string | null> {
  for (let i = 0; i < 100; i++) {
    const { trouble, leading } = await audit.state();
    if (trouble !== null) return trouble;
    if (leading) return null;
    await sleep(50);
  }
  return 'nothing was said';
}
