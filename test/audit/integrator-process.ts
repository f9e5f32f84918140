/** A process that integrates until it is killed; started by the kill test. Arguments: app URL, audit URL, keystore folder. */
import { randomBytes } from 'node:crypto';
import { createAudit } from '../../src/audit/index.js';
import { openKeystore } from '../../src/crypto/index.js';
import { openDatabase } from '../../src/db/index.js';

const [, , app, audit, folder] = process.argv;
if (app === undefined || audit === undefined || folder === undefined) throw new Error('app URL, audit URL, keystore folder');
const log = createAudit({
  db: openDatabase({ connectionString: app, max: 2 }),
  auditDb: openDatabase({ connectionString: audit, max: 2 }),
  keystore: await openKeystore(folder),
  now: () => new Date(),
  random: randomBytes,
});
await log.startIntegrator();
process.stdout.write('ready\n');
