import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scopeFacts, type Actor, type Receipt } from '../../src/audit/index.js';
import type { Keystore } from '../../src/crypto/index.js';
import { newId, sql } from '../../src/db/index.js';
import { openStore, type ByteRange, type ObjectStore } from '../../src/storage/index.js';
import { createVault, type Damage, type KeeperDeps, type Staged, type StageInput, type Vault, type VaultDeps } from '../../src/vault/index.js';
import { testActor, testAudit, testEntry, type TestAudit } from './audit.js';
import { testDatabase, type TestDatabase } from './database.js';

export interface TestVault extends TestAudit {
  database: TestDatabase;
  store: ObjectStore;
  folder: string;
  deps: KeeperDeps;
  vault: Vault;
  damages: Damage[];
  actor: Actor;
  /** Stages a body of its own record and names it in the catalogue. */
  keep: (body: StageInput['body'], size?: number | null) => Promise<Staged>;
  /** A receipt for the test's actor, its access in the signed log. */
  receiptFor: (objectId: string, range?: ByteRange | null) => Promise<Receipt>;
  close: () => Promise<void>;
}

/**
 * Lets keys be destroyed in a database that has no registers: for trying the vault by itself. What keeps keys to their register is
 * tried in `test/disposition/execution/shortcuts.test.ts`.
 */
export async function withoutRegisters(database: TestDatabase): Promise<void> {
  for (const statement of [
    sql`alter table key_destructions disable trigger key_destruction_begins`,
    sql`alter table key_destructions disable trigger key_destruction_by_steps`,
    sql`alter table key_destruction_objects disable trigger key_destruction_objects_begin`,
    sql`alter table objects disable trigger object_leaves_by_its_copy`,
  ])
    await database.owner.run(statement);
}

/** A vault on a folder of its own, a database and an audit log that work. */
export async function testVault(changes: Partial<VaultDeps> = {}, keystore?: Keystore): Promise<TestVault> {
  const database = await testDatabase();
  const log = await testAudit(database, keystore ? { keystore } : {});
  const folder = await mkdtemp(join(tmpdir(), 'lantai-test-vault-'));
  const store = changes.store ?? openStore({ kind: 'folder', folder: join(folder, 'objects') });
  const damages: Damage[] = [];
  const deps: KeeperDeps = {
    db: database.app,
    store,
    keystore: log.keystore,
    audit: log.audit,
    now: () => new Date(),
    random: randomBytes,
    onDamage: (damage) => damages.push(damage),
    authorize: () => ({ policy: 'test@sha256:0' }),
    ...changes,
  };
  const vault = createVault(deps);
  await vault.prepare();
  const actor = testActor();
  return {
    ...log,
    database,
    store,
    folder: join(folder, 'objects'),
    deps,
    vault,
    damages,
    actor,
    async keep(body, size = Buffer.isBuffer(body) ? body.length : null) {
      const staged = await vault.stage({ recordId: newId(), versionId: newId(), fonds: 'Z001', body, size });
      await database.app.tx(async (tx) => {
        await vault.record(tx, [staged]);
        await log.audit.append(tx, testEntry({ act: 'record.capture', subject: { kind: 'record', id: staged.recordId } }));
      });
      return staged;
    },
    async receiptFor(objectId, range = null) {
      const scope = { actorPseudonym: actor.pseudonym, objectId, range };
      const pending = await database.app.tx((tx) =>
        log.audit.append(tx, testEntry({ act: 'reading.begin', subject: { kind: 'reading', id: newId() }, facts: scopeFacts(scope) })),
      );
      return log.audit.receipt(pending, scope);
    },
    async close() {
      await log.stop();
      await database.close();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
