import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAudit, type Actor, type Audit, type AuditDeps, type EntryInput } from '../../src/audit/index.js';
import { openKeystore, type Keystore } from '../../src/crypto/index.js';
import type { TestDatabase } from './database.js';

export interface TestAudit {
  audit: Audit;
  keystore: Keystore;
  /** Stops the integrator and removes the keystore. */
  stop: () => Promise<void>;
}

/** A keystore in a folder of its own. */
export async function testKeys(): Promise<Keystore> {
  return await openKeystore(await mkdtemp(join(tmpdir(), 'lantai-test-keys-')), { create: true });
}

/** A working audit log on a test database, its integrator running. */
export async function testAudit(database: TestDatabase, options: Partial<AuditDeps> & { keystore?: Keystore } = {}): Promise<TestAudit> {
  const keystore = options.keystore ?? (await testKeys());
  const audit = createAudit({
    db: database.app,
    auditDb: database.audit,
    keystore,
    now: () => new Date(),
    random: randomBytes,
    ...options,
  });
  await audit.startIntegrator();
  return {
    audit,
    keystore,
    async stop() {
      await audit.stop();
      await rm(keystore.folder, { recursive: true, force: true });
    },
  };
}

/** An actor for tests; what is not told is harmless. */
export function testActor(changes: Partial<Actor> = {}): Actor {
  return {
    kind: 'person',
    personId: '018f0000-0000-7000-8000-0000000000aa',
    accountId: '018f0000-0000-7000-8000-0000000000ab',
    pseudonym: 'p-3d7f0c',
    roles: ['agent'],
    department: 'hotline',
    sessionId: '018f0000-0000-7000-8000-0000000000ac',
    secondFactor: true,
    shownAt: new Date(),
    scopes: [],
    address: null,
    requestId: 'req-1',
    ...changes,
  };
}

/** An entry for tests. */
export function testEntry(changes: Partial<EntryInput> = {}): EntryInput {
  return {
    actor: testActor(),
    act: 'record.list',
    subject: { kind: 'list', id: 'records' },
    decision: 'allow',
    ...changes,
  };
}
