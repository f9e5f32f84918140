// Carries a register out and kills itself with -9 in the middle of one step.
import { randomBytes } from 'node:crypto';
import { createAudit } from '../../../src/audit/index.js';
import { openKeystore } from '../../../src/crypto/index.js';
import { openDatabase, sql } from '../../../src/db/index.js';
import { carry, type ExecutionDeps, type Step, STEPS } from '../../../src/disposition/index.js';
import { createPostgresSearch, watchIndex } from '../../../src/search/index.js';
import { FolderStore } from '../../../src/storage/folder/folder.js';
import { createCertificates, createVault } from '../../../src/vault/index.js';
import { RunningStreams } from '../../../src/records/index.js';
import { boundaries } from '../../support/faults.js';
import { struckDeps } from './struck.js';

interface Input {
  url: string;
  audit: string;
  keys: string;
  folder: string;
  register: string;
  step: Step;
  ahead: number;
}

const input = JSON.parse(process.argv[2] ?? '{}') as Input;
const now = (): Date => new Date(Date.now() + input.ahead);
const db = openDatabase({ connectionString: input.url, max: 8 });
const auditDb = openDatabase({ connectionString: input.audit, max: 2 });
const keystore = await openKeystore(input.keys, { now });
const audit = createAudit({ db, auditDb, keystore, now, random: randomBytes });
const store = new FolderStore({ folder: input.folder, now });
const vault = createVault({ db, store, keystore, audit, now, random: randomBytes });
const engine = createPostgresSearch({ db });
await engine.prepare();

/** Steps that are done, as far as this process knows: looked up between the calls. */
let done = 0;
const look = async (): Promise<void> => {
  const rows = await db.many<{ step: string }>(sql`select step from destruction_steps where register_id = ${input.register} and state = 'done'`);
  done = rows.length;
};
const deps: ExecutionDeps = {
  db,
  audit,
  access: { version: () => 'test' } as unknown as ExecutionDeps['access'],
  vault,
  streams: new RunningStreams(),
  store,
  keystore,
  index: watchIndex({ db, engine, wake: () => undefined }),
  uploads: { lying: () => Promise.resolve([]), removeLying: () => Promise.resolve() },
  rawPlaces: () => [],
  signer: createCertificates({ db, audit, keystore, archiveName: '测试档案馆 Test Archive', now, random: randomBytes }),
  archiveName: 'test',
  settings: { fonds: 'Z001', zone: 'Asia/Shanghai' },
  namesOf: () => Promise.resolve(new Map()),
  now,
  random: randomBytes,
  onTrouble: () => undefined,
};
let inStep = 0;
const faults = boundaries(() => {
  // after the first call of the step, so that something of it was done already
  if (done === STEPS.indexOf(input.step) && ++inStep > (input.step === 'catalogue' || input.step === 'traces' ? 1 : 2)) process.kill(process.pid, 'SIGKILL');
});
const struck = struckDeps(deps, faults);
struck.db = new Proxy(struck.db, {
  get(target, key) {
    const value: unknown = Reflect.get(target, key, target);
    if (typeof value !== 'function') return value;
    const act = value.bind(target) as (...args: unknown[]) => unknown;
    if (key !== 'tx') return act;
    return async (...args: unknown[]) => {
      const answer = await act(...args);
      await look();
      return answer;
    };
  },
});
await carry(struck, input.register);
