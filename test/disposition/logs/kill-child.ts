// Carries out the end of a log and kills itself with -9 right after one call that changes something.
import { randomBytes } from 'node:crypto';
import { createAudit } from '../../../src/audit/index.js';
import { workCalendar } from '../../../src/config/index.js';
import { openKeystore } from '../../../src/crypto/index.js';
import { openDatabase } from '../../../src/db/index.js';
import { carryLogDestruction, clearLogs, type LogTermDeps } from '../../../src/disposition/index.js';
import { loadSchedules } from '../../../src/retention/index.js';
import { FolderStore } from '../../../src/storage/folder/folder.js';
import { boundaries } from '../../support/faults.js';

export interface KillInput {
  url: string;
  audit: string;
  keys: string;
  folder: string;
  retention: string;
  register: string;
  /** Carrying it out, or clearing what was locked. */
  work: 'carry' | 'clear';
  /** The call after which it ends, and the how manieth. */
  after: string;
  nth: number;
  now: string;
}

const input = JSON.parse(process.argv[2] ?? '{}') as KillInput;
const now = (): Date => new Date(input.now);
const db = openDatabase({ connectionString: input.url, max: 8 });
const auditDb = openDatabase({ connectionString: input.audit, max: 2 });
const keystore = await openKeystore(input.keys, { now });
const store = new FolderStore({ folder: input.folder, now });
const HOURS = workCalendar({ week: { mon: ['09:00-17:00'], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [] } }, 'Asia/Shanghai', {
  version: 'none',
  on: () => null,
});

let seen = 0;
const faults = boundaries((_, name) => {
  if (name === `after ${input.after}` && ++seen === input.nth) process.kill(process.pid, 'SIGKILL');
});
const deps = {
  db: faults.around('db', db, ['tx']),
  auditDb: faults.around('auditDb', auditDb, ['run', 'tx']),
  store: faults.around('store', store, ['put', 'lockUntil', 'remove']),
  audit: createAudit({ db, auditDb, keystore, now, random: randomBytes }),
  access: { version: () => 'test' },
  keystore,
  schedules: await loadSchedules(input.retention),
  hours: () => HOURS,
  now,
  onTrouble: () => undefined,
} as unknown as LogTermDeps;
if (input.work === 'clear') await clearLogs(deps);
else await carryLogDestruction(deps, input.register);
await Promise.all([db.close(), auditDb.close()]);
