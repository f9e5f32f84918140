import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { sql } from '../../src/db/index.js';
import { begin, carry, witness } from '../../src/disposition/index.js';
import { FolderStore } from '../../src/storage/folder/folder.js';
import { testArchive } from '../support/archive.js';
import { afterLocks, checkedRegister, testExecution } from '../disposition/execution/support.js';
import { checksOf, keep, looked, tamper } from './support.js';

test.serial('R70: of what was destroyed nothing may be left, and its certificate and its place in the ledger must be', async (t) => {
  const archive = await testArchive();
  const world = await testExecution({ archive });
  const { store } = world.deps;
  t.teardown(async () => {
    await world.close();
    await archive.close();
  });
  let known = new Set<string>();
  const adds = async (): Promise<string[]> => {
    const now = new Set((await looked(checksOf(archive, store))).faults.map((one) => `${one.kind} ${one.subject}`));
    const added = [...now].filter((one) => !known.has(one));
    known = now;
    return added.sort();
  };
  await keep(archive, archive.person('agent'));
  const register = await checkedRegister(archive, 2);
  afterLocks(archive);
  const [first = '', second = ''] = register.records;
  const objects = await archive.database.owner.many<{ id: string; key: string }>(sql`select id, store_key as key from objects where record_id = ${first}`);
  const bytes = await readFile(join(archive.storeFolder, objects[0]?.key ?? ''));
  await begin(world.deps, register.executor, { register: register.id, number: register.number });
  t.is((await carry(world.deps, register.id)).state, 'executed');
  t.deepEqual(await adds(), [], 'a destruction leaves nothing that is found');
  for (const one of register.supervisors) await witness(world.deps, one, register.id);
  t.deepEqual(await adds(), [], 'closed and certified');
  const copy = new FolderStore({ folder: archive.storeFolder, now: archive.deps.now });
  await copy.put(objects[0]?.key ?? '', bytes, bytes.length);
  await copy.close();
  t.deepEqual(await adds(), [`copy_left ${objects[0]?.id}`], 'somebody put a copy back');
  await tamper(archive, sql`delete from destruction_ledger_records where record_id = ${second}`);
  t.deepEqual(await adds(), [`no_ledger ${second}`]);
  const { object } = await archive.database.owner.one<{ object: string }>(
    sql`select object_id as object from destruction_certificates where register_id = ${register.id}`,
  );
  await tamper(archive, sql`delete from destruction_certificates where register_id = ${register.id}`);
  t.deepEqual(await adds(), [`no_certificate ${first}`, `no_certificate ${second}`, `no_owner ${object}`].sort());
  await tamper(archive, sql`update records set title = '还在' where id = ${second}`);
  t.deepEqual(await adds(), [`text_left ${second}`]);
  await tamper(
    archive,
    sql`insert into search_outbox (record_id, kind, at, not_before) values (${first}, 'changed', now() - interval '2 hours', now() + interval '1 hour')`,
  );
  t.deepEqual(await adds(), [`index_left ${first}`], 'the index was not told for long');
  await tamper(archive, sql`update records set state = 'archived' where id = ${first}`);
  t.true((await adds()).includes(`came_back ${first}`));
});
