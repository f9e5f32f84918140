/**
 * Restore drill: with the tools of PostgreSQL, a dump of the database and a copy of the objects are taken, records are destroyed, and
 * dump and copy are restored beside the keystore of today. What was destroyed must not come back, and everything else must.
 * `npm run drill`; ends with 0 where all is well, 1 where something is not, 77 where PostgreSQL's tools are missing.
 */
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemActor } from '../../src/audit/index.js';
import { openKeystore } from '../../src/crypto/index.js';
import { migrate, openDatabase, readMigrations, sql } from '../../src/db/index.js';
import { clearUnlocked, isBehindLedger, replayLedger } from '../../src/disposition/index.js';
import { migrateJobs } from '../../src/jobs/index.js';
import { FolderStore } from '../../src/storage/folder/folder.js';
import { createVault } from '../../src/vault/index.js';
import { testArchive, type TestArchive } from '../../test/support/archive.js';
import { testAudit } from '../../test/support/audit.js';
import type { TestDatabase } from '../../test/support/database.js';
import { afterLocks, type Checked, checkedRegister, destroyed, type Execution, testExecution } from '../../test/disposition/execution/support.js';
import { type Loot, lootOf, open } from './attack.js';
import { findTools, Server } from './server.js';

const SKIPPED = 77;
const MIGRATIONS = new URL('../../../migrations/', import.meta.url);
let wrong = 0;

function check(what: string, so: boolean, more = ''): void {
  if (!so) wrong++;
  console.log(`${so ? 'ok    ' : 'WRONG '}${what}${more === '' ? '' : `  (${more})`}`);
}

type Keys = Pick<Execution['deps'], 'keystore' | 'store'>;

/** A word that stands in the records of one register alone: in their titles, so in the catalogue, and in their sealed bodies. */
const word = (): string => `drill${randomBytes(8).toString('hex')}`;

async function opened(loot: readonly Loot[], { keystore, store }: Keys, canary: string): Promise<number> {
  let n = 0;
  for (const one of loot) if ((await open(one, keystore, store))?.includes(canary)) n++;
  return n;
}

/** The parts of an archive over a restored database and restored objects. Its log is a new one: that of before has a way back of its own. */
async function restoredOn(archive: TestArchive, database: TestDatabase, objects: string, keys: string): Promise<{ world: Execution; stop(): Promise<void> }> {
  const keystore = await openKeystore(keys);
  const { now } = archive.deps;
  const log = await testAudit(database, { keystore: await openKeystore(await mkdtemp(`${objects}-log-`), { create: true }) });
  const store = new FolderStore({ folder: objects, now });
  await store.prepare();
  const vault = createVault({ db: database.app, store, keystore, audit: log.audit, now, random: randomBytes });
  const deps = { ...archive.deps, db: database.app, audit: log.audit, vault, keystore };
  const world = await testExecution({ store, archive: { ...archive, database, store, storeFolder: objects, keystore, deps } });
  return {
    world,
    async stop() {
      await world.close();
      await log.stop();
    },
  };
}

async function drill(server: Server, folder: string): Promise<void> {
  const live = await server.database('live');
  await migrate(live.urls.owner, await readMigrations(MIGRATIONS));
  await migrateJobs(live.urls.owner);
  const archive = await testArchive({}, { database: live });
  const world = await testExecution({ archive });
  const [gone, stays] = [word(), word()];
  const draft = (canary: string): Record<string, unknown> => ({
    title: `报修 ${canary}`,
    content: `客户来电 ${canary}`,
    client: { number: canary, name: canary, type: 'individual' },
  });
  const doomed: Checked = await checkedRegister(archive, 3, draft(gone));
  const kept: Checked = await checkedRegister(archive, 3, draft(stays));

  // the backups of before
  const dump = join(folder, 'before.dump');
  await server.tool('pg_dump', 'live', ['-Fc', '-f', dump]);
  const objects = join(folder, 'objects');
  await cp(archive.storeFolder, objects, { recursive: true, preserveTimestamps: true });
  const early = await lootOf(live.owner, doomed.records);
  const others = await lootOf(live.owner, kept.records);
  check('before, with the keys in hand, every object opens', (await opened(early, world.deps, gone)) === 3 && (await opened(others, world.deps, stays)) === 3);

  const keysBefore = join(folder, 'keystore-before');
  await cp(archive.keystore.folder, keysBefore, { recursive: true });

  afterLocks(archive);
  await destroyed(world, doomed);
  const keysAfter = join(folder, 'keystore-after');
  await cp(archive.keystore.folder, keysAfter, { recursive: true });
  const plain = await server.tool('pg_dump', 'live', []);
  check('the live database, dumped anew, says nothing of what was destroyed', !plain.includes(gone) && plain.includes(stays));
  await world.close();

  const database = await server.database('restored');
  await server.tool('pg_restore', 'restored', ['--exit-on-error', dump]);
  const { world: restored, stop } = await restoredOn(archive, database, objects, archive.keystore.folder);
  const loot = [...early, ...(await lootOf(database.owner, doomed.records))];
  const copyOf = async (keys: string): Promise<Keys> => ({ keystore: await openKeystore(keys), store: restored.deps.store });
  // the bytes are there still, and so is what wrapped their keys: only the keys are not
  check('with a backup of the keystore from after, nothing of what was destroyed opens', (await opened(loot, await copyOf(keysAfter), gone)) === 0);
  const unregistered = await opened(early, await copyOf(keysBefore), gone);
  check('only a copy of the keystore from before, which nobody registered, opens it: such copies must not be kept', unregistered === 3);
  await checkRestored(server, restored, { database, doomed, kept, gone, stays, loot });
  check(
    'with a backup of the keystore from after, the rest opens',
    (await opened(await lootOf(database.owner, kept.records), await copyOf(keysAfter), stays)) === 3,
  );
  await stop();
  await database.close();
  await archive.close();
}

interface Restored {
  database: TestDatabase;
  doomed: Checked;
  kept: Checked;
  gone: string;
  stays: string;
  /** Wraps of what was destroyed: those of before, and those of the restored catalogue. */
  loot: readonly Loot[];
}

async function checkRestored(server: Server, world: Execution, { database, doomed, kept, gone, stays, loot }: Restored): Promise<void> {
  const { deps } = world;
  const states = async (records: readonly string[]): Promise<string> =>
    (await database.owner.many<{ state: string }>(sql`select distinct state from records where id = any (${[...records]}::uuid[])`))
      .map((row) => row.state)
      .join();
  check('the restored catalogue knows nothing of the destruction, and has the bytes', (await states(doomed.records)) === 'approved');
  check('what was destroyed opens with no key of the keystore', (await opened(loot, deps, gone)) === 0, `${String(loot.length)} wraps tried`);
  check('the catalogue is behind the ledger: it is not served', await isBehindLedger(deps));
  const asReplay = () => openDatabase({ connectionString: database.urls.owner, role: 'lantai_replay', max: 1 });
  const report = await replayLedger({ ...deps, asReplay }, systemActor());
  check('the ledger is replayed', report.destructions === 1 && report.records === 3 && report.keyTable);
  check('and now it may be served', !(await isBehindLedger(deps)));
  check('the rest opens', (await opened(await lootOf(database.owner, kept.records), deps, stays)) === 3);
  check(
    'what was destroyed opens with no key, and has no wrap',
    (await opened(loot, deps, gone)) === 0 && (await lootOf(database.owner, doomed.records)).every((one) => one.wrapped_key === null),
  );
  await clearUnlocked(deps, systemActor());
  check('the bytes that came back with the copy are removed', (await states(doomed.records)) === 'destroyed');
  const plain = await server.tool('pg_dump', 'restored', []);
  check('the restored database, dumped anew, says nothing of what was destroyed', !plain.includes(gone) && plain.includes(stays));
}

const tools = findTools();
if (tools === undefined) {
  console.log('skipped: no PostgreSQL server with pg_dump, pg_restore and psql beside it (Debian: postgresql)');
  process.exit(SKIPPED);
}
const server = await Server.start(tools);
const folder = await mkdtemp(join(tmpdir(), 'lantai-drill-'));
console.log(`restore drill with ${server.version()}`);
try {
  await drill(server, folder);
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
console.log(wrong === 0 ? 'the drill went well' : `${String(wrong)} things were wrong`);
process.exit(wrong === 0 ? 0 : 1);
