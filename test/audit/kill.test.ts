import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { createAudit } from '../../src/audit/index.js';
import { testEntry, testKeys } from '../support/audit.js';
import { testDatabase } from '../support/database.js';
import { check, timesInLog } from './log-support.js';

test('R54: an integrator killed with -9 at random moments under load loses and doubles nothing', async (t) => {
  t.timeout(120_000);
  const database = await testDatabase();
  const keystore = await testKeys();
  const audit = createAudit({ db: database.app, auditDb: database.audit, keystore, now: () => new Date(), random: randomBytes, timeout: 60_000 });
  t.teardown(async () => {
    await audit.stop();
    await database.close();
    await rm(keystore.folder, { recursive: true, force: true });
  });
  const start = async (): Promise<ChildProcess> => {
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('integrator-process.js', import.meta.url)), database.urls.app, database.urls.audit, keystore.folder],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    await once(child.stdout, 'data');
    return child;
  };
  const ids: string[] = [];
  let done = false;
  const appender = async (): Promise<void> => {
    while (!done) {
      const [pending] = await database.app.tx((tx) => audit.appendMany(tx, [testEntry({ side: { note: 'x' } }), testEntry(), testEntry()]));
      await audit.settled(pending!);
      ids.push(pending!.id);
    }
  };
  const appenders = Array.from({ length: 6 }, appender);
  for (let kills = 0; kills < 8; kills++) {
    const child = await start();
    await sleep(randomInt(5, 400));
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  done = true;
  await audit.startIntegrator();
  await Promise.all(appenders);
  t.deepEqual(await timesInLog(database, ids), [1], 'what was acknowledged is there, once');
  const report = await check(database, keystore);
  t.deepEqual(report.faults, []);
  t.is(report.unsigned, 0n);
});
