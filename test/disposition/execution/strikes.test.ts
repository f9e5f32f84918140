import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { sql } from '../../../src/db/index.js';
import { begin, carry, type ExecutionDeps, settle, STEPS, witness } from '../../../src/disposition/index.js';
import { boundaries, Struck } from '../../support/faults.js';
import { struckDeps } from './struck.js';
import { afterLocks, checkedRegister, lies, registerState, stateOf, testExecution, type Checked, type Execution } from './support.js';

let world: Execution;
test.before(async () => {
  world = await testExecution();
});
test.after.always(() => world.close());

/** In which step a run is struck at a boundary. */
const stepNow = async (register: string): Promise<string> =>
  (
    await world.archive.database.owner.maybe<{ step: string }>(
      sql`select step from destruction_steps where register_id = ${register} and state <> 'done' order by position limit 1`,
    )
  )?.step ?? 'end';

async function begun(): Promise<Checked> {
  const register = await checkedRegister(world.archive, 1);
  afterLocks(world.archive);
  await begin(world.deps, register.executor, { register: register.id, number: register.number });
  return register;
}

/** The database lets go of a killed process's lock once it notices, after the statement that was under way. */
async function carryOn(id: string): ReturnType<typeof carry> {
  for (let left = 600; ; left--) {
    const outcome = await carry(world.deps, id);
    if (outcome.state !== 'busy' || left === 0) return outcome;
    await sleep(100);
  }
}

/** Takes it up again and brings it to its end. */
async function resumed(t: ExecutionContext, register: Checked, where: string): Promise<void> {
  t.deepEqual(await lies(world, register), [], where);
  t.deepEqual(await carryOn(register.id), { state: 'executed' }, where);
  t.is(await registerState(world.archive, register.id), 'open', where);
  t.is(await stateOf(world.archive, register.records[0] ?? ''), 'destroyed', where);
  t.deepEqual(await lies(world, register), [], where);
}

test.serial('R70: a failure thrown before and after every call of every step: resumed, and nothing is called destroyed early', async (t) => {
  t.timeout(600_000);
  const table = new Map<string, number>();
  for (let at = 1; ; at++) {
    const register = await begun();
    // a step that fails is retried by itself: from here on every call fails, as with a process that is no more
    let dead = false;
    const faults = boundaries((number, where) => {
      if (dead || number === at) {
        dead = true;
        throw new Struck(where);
      }
    });
    const deps: ExecutionDeps = struckDeps(world.deps, faults);
    await carry(deps, register.id).catch((error: unknown) => {
      if (!(error instanceof Struck)) throw error;
    });
    if (!dead) {
      t.is(await stateOf(world.archive, register.records[0] ?? ''), 'destroyed');
      break;
    }
    const step = await stepNow(register.id);
    table.set(step, (table.get(step) ?? 0) + 1);
    await resumed(t, register, `${step}, ${faults.names[at - 1] ?? ''}`);
  }
  for (const step of STEPS) t.true((table.get(step) ?? 0) >= 2, `${step} was struck ${String(table.get(step) ?? 0)} times`);
  t.log(Object.fromEntries(table));
});

test.serial('R70: kill -9 in every step: another process takes the destruction up where it stood', async (t) => {
  t.timeout(600_000);
  const struck = new Set<string>();
  for (const step of STEPS) {
    const register = await begun();
    const input = JSON.stringify({
      url: world.archive.database.urls.app,
      audit: world.archive.database.urls.audit,
      keys: world.deps.keystore.folder,
      folder: world.archive.storeFolder,
      register: register.id,
      step,
      ahead: world.archive.clock.now.getTime() - Date.now(),
    });
    const child = spawn(process.execPath, [fileURLToPath(new URL('kill-child.js', import.meta.url)), input], { stdio: ['ignore', 'inherit', 'inherit'] });
    const [, signal] = (await once(child, 'close')) as [number | null, string | null];
    t.is(signal, 'SIGKILL', step);
    struck.add(await stepNow(register.id));
    await resumed(t, register, step);
  }
  t.deepEqual([...struck], [...STEPS], 'each step was the one that was killed');
});

test.serial('R70: struck while signing and certifying, the certificate is made once and the register closes', async (t) => {
  t.timeout(300_000);
  for (let at = 1, ended = false; !ended; at++) {
    const register = await begun();
    t.deepEqual(await carry(world.deps, register.id), { state: 'executed' });
    await witness(world.deps, register.supervisors[0], register.id);
    const faults = boundaries((number, where) => {
      if (number === at) throw new Struck(where);
    });
    ended = await witness(struckDeps(world.deps, faults), register.supervisors[1], register.id).then(
      () => true,
      (error: unknown) => {
        if (!(error instanceof Struck)) throw error;
        return false;
      },
    );
    if (!ended) await witness(world.deps, register.supervisors[1], register.id).catch(() => undefined);
    await settle(world.deps, register.id);
    t.is(await registerState(world.archive, register.id), 'closed', faults.names.at(-1));
    const { n } = await world.archive.database.owner.one<{ n: number }>(
      sql`select count(*)::int as n from destruction_certificates where register_id = ${register.id}`,
    );
    t.is(n, 1);
  }
});
