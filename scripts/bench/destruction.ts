import { setTimeout as sleep } from 'node:timers/promises';
import { newId, sql } from '../../src/db/index.js';
import { begin, carry, itemDigest, registerDigest, STEPS, witness } from '../../src/disposition/index.js';
import { factRows } from '../../src/disposition/register/facts-store.js';
import { factsOf } from '../../src/disposition/register/recheck.js';
import { captureMany, openImportBatch } from '../../src/records/index.js';
import { afterLocks, type Execution, testExecution } from '../../test/disposition/execution/support.js';
import { appraised, OLD, withEntry } from '../../test/disposition/support/sql.js';
import { testDraft } from '../../test/support/archive.js';
import type { Figure } from './bench.js';

/** Records that go; nine times as many stay. */
const DESTROYED = Number(process.env['LANTAI_BENCH_DESTROYED'] ?? 10_000);
const EVERY = 10;
const CHUNK = 500;
const DAY = 86_400_000;

/** Every record of another client, so that none is taken for the like of another. */
const clientOf = (i: number): Record<string, unknown> => ({ number: `C-${i}`, name: '王小明', type: 'individual', phone: `138${String(10_000_000 + i)}` });

/** Records captured as they come, with sealed bodies in a folder; every tenth of them, spread over all, is to go. */
async function fill(world: Execution): Promise<string[]> {
  const { archive } = world;
  const clerk = archive.person('records_clerk', 'archive');
  const batch = await openImportBatch(archive.deps, clerk, 'crm');
  const doomed: string[] = [];
  for (let at = 0; at < DESTROYED * EVERY; at += CHUNK) {
    const outcomes = await captureMany(
      archive.deps,
      clerk,
      Array.from({ length: Math.min(CHUNK, DESTROYED * EVERY - at) }, (_, i) => ({ draft: testDraft({ ...OLD, client: clientOf(at + i) }) })),
      { batchId: batch.id, importId: null },
    );
    doomed.push(...outcomes.flatMap((one, i) => (one.status === 'captured' && i % EVERY === 0 ? [one.recordId] : [])));
  }
  await withEntry(archive, (tx) => tx.run(sql`update records set state = 'due' where id = any (${doomed}::uuid[])`), archive.database.owner);
  await archive.database.owner.run(sql`analyze`);
  return doomed;
}

/** A register over them as far as both supervisors have checked it, its pause over. */
async function listed(world: Execution, records: readonly string[]) {
  const { archive } = world;
  const appraisal = await appraised(archive, records);
  const [executor, supervisor, outsider] = [
    archive.person('records_clerk', 'archive'),
    archive.person('records_clerk', 'archive'),
    archive.person('supervisor', 'hotline'),
  ];
  const [id, number, at] = [newId(), 'X-2026-000001', archive.deps.now()];
  const before = new Date(at.getTime() - 8 * DAY);
  const signed = await archive.deps.db.tx(
    async (tx) =>
      (await archive.deps.audit.append(tx, { actor: supervisor, act: 'destruction.approve', subject: { kind: 'destruction', id }, decision: 'allow' })).id,
  );
  await withEntry(archive, async (tx) => {
    await tx.run(
      sql`insert into destruction_registers (id, number, state, made_by_person, made_by_account, made_at) values (${id}, ${number}, 'draft', ${newId()}, ${newId()}, ${before})`,
    );
    await tx.run(sql`
      insert into destruction_items (register_id, position, record_id, appraisal_id)
      select ${id}::uuid, n, record, ${appraisal}::uuid from unnest(${[...records]}::uuid[]) with ordinality as t (record, n)`);
    const items = (await factRows(tx, id, at)).map(factsOf);
    const digest = registerDigest(
      number,
      items.map((one, i) => ({ ...one, position: i + 1 })),
    );
    await tx.run(sql`
      update destruction_items i set facts = t.facts, digest = t.digest from unnest(${items.map((one) => one.record)}::uuid[],
        ${items.map((one) => JSON.stringify(one))}::jsonb[], ${items.map(itemDigest)}::bytea[]) as t (record, facts, digest)
      where i.register_id = ${id} and i.record_id = t.record`);
    const run = tx.run.bind(tx);
    await run(
      sql`update destruction_registers set state = 'frozen', digest = ${digest}, item_count = ${records.length}, rules = 'disposition@2026-01', frozen_at = ${before} where id = ${id}`,
    );
    await run(
      sql`insert into destruction_approvals (register_id, round, position, step, role, state, opened_at) values (${id}, 1, 0, 'manager', 'records_manager', 'open', ${before})`,
    );
    await run(sql`update destruction_registers set state = 'approving' where id = ${id}`);
    await run(sql`
      update destruction_approvals set state = 'agreed', answer = 'agree', person_id = ${newId()}, account_id = ${newId()}, digest = ${digest}, at = ${before}, entry_id = ${signed} where register_id = ${id}`);
    await run(
      sql`update destruction_registers set state = 'approved', approved_at = ${before}, execute_after = ${new Date(before.getTime() + 7 * DAY)} where id = ${id}`,
    );
    await run(sql`update records set state = 'approved' where id = any (${[...records]}::uuid[])`);
    for (const [office, seat, who, outside] of [
      ['executor', 1, executor, false],
      ['supervisor', 1, supervisor, false],
      ['supervisor', 2, outsider, true],
    ] as const)
      await run(sql`
        insert into destruction_appointments (id, register_id, office, seat, person_id, outside, appointed_by, appointed_at, entry_id)
        values (${newId()}, ${id}, ${office}, ${seat}, ${who.personId}, ${outside}, ${newId()}, ${at}, ${signed})`);
    await run(
      sql`update destruction_appointments set checked_at = ${at}, checked_digest = ${digest}, check_entry = ${signed} where register_id = ${id} and office = 'supervisor'`,
    );
    await run(sql`update destruction_registers set state = 'checked', checked_at = ${at} where id = ${id}`);
  });
  return { id, number, executor, supervisors: [supervisor, outsider] };
}

/** Waits until the index has heard of everything: what it owes from filling is no part of a destruction. */
async function followed(world: Execution): Promise<void> {
  for (;;) {
    const { n } = await world.archive.database.owner.one<{ n: bigint }>(sql`select count(*) as n from search_outbox`);
    if (n === 0n && world.follower.state.building === null && world.follower.state.keeping) return;
    await sleep(200);
  }
}

/** A register over every tenth record carried out: everything from the executor's beginning to the certificate. */
export async function benchDestruction(): Promise<Figure[]> {
  const world = await testExecution();
  try {
    const records = await fill(world);
    const register = await listed(world, records);
    await followed(world);
    afterLocks(world.archive);
    const times: [string, number][] = [];
    const timed = async (name: string, work: () => Promise<unknown>): Promise<void> => {
      const from = performance.now();
      await work();
      times.push([name, (performance.now() - from) / 1000]);
    };
    world.deps.onStep = (step, took) => times.push([step, took / 1000]);
    await timed('begin', () => begin(world.deps, register.executor, { register: register.id, number: register.number }));
    const from = performance.now();
    const carried = await carry(world.deps, register.id);
    if (carried.state !== 'executed') throw new Error(JSON.stringify([carried, world.troubles]), { cause: world.faults.at(-1) });
    const between = (performance.now() - from) / 1000 - times.slice(1).reduce((sum, [, time]) => sum + time, 0);
    times.push(['between', between]);
    await timed('certify', async () => {
      for (const who of register.supervisors) await witness(world.deps, who, register.id);
    });
    const total = times.reduce((sum, [, time]) => sum + time, 0);
    const rate = records.length / total;
    const detail = [
      `${records.length} among ${records.length * (EVERY - 1)}, ${STEPS.length} steps`,
      ...times.map(([name, time]) => `${name} ${time.toFixed(1)} s`),
    ].join(', ');
    return [{ what: 'destruction', value: rate, unit: 'records/s', reach: '≥ 200', reached: rate >= 200, detail }];
  } finally {
    await world.close();
  }
}
