import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { Client, RETENTION_MODES, RETENTION_VALIDITY_UNITS } from 'minio';
import { systemActor } from '../../../src/audit/index.js';
import { sql } from '../../../src/db/index.js';
import { begin, carry, clearUnlocked, witness } from '../../../src/disposition/index.js';
import type { ObjectEntry, ObjectRef } from '../../../src/storage/index.js';
import { S3Store } from '../../../src/storage/s3/s3.js';
import { checkedRegister, registerState, stateOf, testExecution } from './support.js';

const endpoint = process.env['LANTAI_TEST_S3_ENDPOINT'];
const accessKey = process.env['LANTAI_TEST_S3_ACCESS_KEY'] ?? '';
const secretKey = process.env['LANTAI_TEST_S3_SECRET_KEY'] ?? '';
/** Seconds for which this store locks every object: as short as a run over it can be, since its clock cannot be moved. */
const LOCK = 30;

const url = new URL(endpoint ?? 'http://127.0.0.1:1');
const client = new Client({ endPoint: url.hostname, port: Number(url.port), useSSL: false, accessKey, secretKey, region: 'us-east-1', pathStyle: true });

/** The real store, each object under a real lock of its own, which nobody can lift. */
class ShortLock extends S3Store {
  readonly bucket: string;
  constructor(bucket: string) {
    super({ endpoint: endpoint ?? '', bucket, accessKey, secretKey });
    this.bucket = bucket;
  }
  override async put(...given: Parameters<S3Store['put']>): ReturnType<S3Store['put']> {
    const made = await super.put(...given);
    await lock(this.bucket, made, LOCK);
    return made;
  }
}

async function lock(bucket: string, ref: ObjectRef, seconds: number): Promise<void> {
  const retainUntilDate = new Date(Date.now() + seconds * 1000).toISOString();
  await client.putObjectRetention(bucket, ref.key, { mode: RETENTION_MODES.COMPLIANCE, retainUntilDate, versionId: ref.version, governanceBypass: true });
}

const everything = async (store: S3Store, prefix: string): Promise<ObjectEntry[]> => {
  const found: ObjectEntry[] = [];
  for await (const one of store.list(prefix, { markers: true })) found.push(one);
  return found;
};

(endpoint === undefined ? test.skip : test.serial)(
  'R69, R70: on a real S3 with Object Lock: early deletion refused, shredded until the lock ends, then gone by version, with a supplementary certificate',
  async (t) => {
    t.timeout(240_000);
    const bucket = `lantai-destroy-${randomBytes(4).toString('hex')}`;
    await client.makeBucket(bucket, 'us-east-1', { ObjectLocking: true });
    // a default that this test may shorten for each object; what it puts instead is a lock in compliance, which nobody shortens
    await (client.setObjectLockConfig(bucket, {
      mode: RETENTION_MODES.GOVERNANCE,
      unit: RETENTION_VALIDITY_UNITS.DAYS,
      validity: 1,
    }) as unknown as Promise<void>);
    const store = new ShortLock(bucket);
    await store.prepare();
    const world = await testExecution({ store });
    t.teardown(async () => {
      await world.close();
      await store.close();
    });
    const { archive, deps } = world;
    const register = await checkedRegister(archive, 2);
    const refs = await archive.database.owner.many<ObjectRef>(
      sql`select store_key as key, store_version as version from objects where record_id = any (${register.records}::uuid[]) order by 1`,
    );
    const prefixes = [...new Set(refs.map((one) => `${one.key.split('/').slice(0, 4).join('/')}/`))];
    t.is(prefixes.length, 2);
    const there = async (): Promise<string[]> => (await Promise.all(prefixes.map((prefix) => everything(store, prefix)))).flat().map((one) => one.version);
    // what others did in the store: a mark of removal over one object, and a version of their own over another
    const [first, second] = refs;
    await client.removeObject(bucket, first?.key ?? '');
    const stray = await client.putObject(bucket, second?.key ?? '', Buffer.from('put over it'));
    await lock(bucket, { key: second?.key ?? '', version: stray.versionId ?? '' }, 2);
    t.is((await there()).length, refs.length + 2);

    for (const one of refs)
      await t.throwsAsync(client.removeObject(bucket, one.key, { versionId: one.version }), undefined, 'the store itself refuses early deletion');
    await begin(deps, register.executor, { register: register.id, number: register.number });
    let carried = await carry(deps, register.id);
    for (let tries = 0; carried.state === 'stuck' && tries < 10; tries++) {
      t.is(`${carried.step}:${carried.why}`, 'closure:something_left', 'until the stray version is out of its lock');
      await sleep(1000);
      carried = await carry(deps, register.id);
    }
    t.is(carried.state, 'executed');
    t.deepEqual((await there()).sort(), refs.map((one) => one.version).sort(), 'neither mark nor stray, and every locked version still there');
    for (const record of register.records) t.is(await stateOf(archive, record), 'shredded');
    for (const who of register.supervisors) await witness(deps, who, register.id);
    t.is(await registerState(archive, register.id), 'open');
    const { until } = await archive.database.owner.one<{ until: Date }>(
      sql`select max(locked_until) as until from destruction_copies where register_id = ${register.id}`,
    );
    archive.clock.now = new Date();
    await clearUnlocked(deps, systemActor());
    if (until > new Date()) t.is(await stateOf(archive, register.records[0] ?? ''), 'shredded');
    await sleep(Math.max(0, until.getTime() - Date.now()) + 1500);
    archive.clock.now = new Date();
    await clearUnlocked(deps, systemActor());
    t.deepEqual(await there(), [], 'gone by version, and no mark in its place');
    for (const record of register.records) t.is(await stateOf(archive, record), 'destroyed');
    t.is(await registerState(archive, register.id), 'closed');
    const kinds = await archive.database.owner.many<{ kind: string; locked: number }>(
      sql`select kind, locked from destruction_certificates where register_id = ${register.id} order by made_at`,
    );
    t.deepEqual(kinds, [
      { kind: 'main', locked: 2 },
      { kind: 'supplement', locked: 0 },
    ]);
  },
);
