// Takes a file in until it is killed or done. Says when it has begun, and when it is done.
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { createAudit } from '../../../src/audit/index.js';
import { openKeystore } from '../../../src/crypto/index.js';
import { openDatabase } from '../../../src/db/index.js';
import { fileSource, importsOf, runImport } from '../../../src/records/index.js';
import { openStore } from '../../../src/storage/index.js';
import { archiveDeps } from '../../support/archive.js';
import { testActor } from '../../support/audit.js';

interface Told {
  url: string;
  keys: string;
  folder: string;
  file: string;
}
const { url, keys, folder, file } = JSON.parse(process.argv[2] ?? '{}') as Told;
const now = (): Date => new Date();
const db = openDatabase({ connectionString: url, max: 12 });
const keystore = await openKeystore(keys);
const audit = createAudit({ db, auditDb: db, keystore, now, random: randomBytes });
const deps = importsOf(await archiveDeps({ db, audit, keystore, store: openStore({ kind: 'folder', folder }), now }));
const clerk = testActor({ roles: ['records_clerk'], department: 'archive' });
writeSync(1, 'begun\n');
await runImport(deps, clerk, { source: await fileSource(file), options: { parameters: { source: 'crm', department: 'hotline' } }, resume: true });
writeSync(1, 'done\n');
process.exit(0);
