// Captures until it is killed. One line for each object whose capture was acknowledged.
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { createAudit } from '../../src/audit/index.js';
import { openKeystore } from '../../src/crypto/index.js';
import { newId, openDatabase } from '../../src/db/index.js';
import { openStore } from '../../src/storage/index.js';
import { createVault } from '../../src/vault/index.js';
import { testEntry } from '../support/audit.js';

const { url, keys, folder } = JSON.parse(process.argv[2] ?? '{}') as { url: string; keys: string; folder: string };
const db = openDatabase({ connectionString: url, max: 8 });
const keystore = await openKeystore(keys);
const audit = createAudit({ db, auditDb: db, keystore, now: () => new Date(), random: randomBytes });
const vault = createVault({ db, store: openStore({ kind: 'folder', folder }), keystore, audit, now: () => new Date(), random: randomBytes });

async function capture(): Promise<void> {
  for (;;) {
    const body = randomBytes(Math.floor(Math.random() * 60_000));
    const staged = await vault.stage({ recordId: newId(), versionId: newId(), fonds: 'Z001', body, size: body.length });
    await db.tx(async (tx) => {
      await vault.record(tx, [staged]);
      await audit.append(tx, testEntry({ act: 'record.capture', subject: { kind: 'record', id: staged.recordId } }));
    });
    writeSync(1, `${staged.objectId}\n`);
  }
}

await Promise.all(Array.from({ length: 6 }, capture));
