import { randomBytes } from 'node:crypto';
import { newId, sql } from '../../../src/db/index.js';
import type { TestArchive } from '../../support/archive.js';
import { run } from '../support/sql.js';
import type { Execution } from './support.js';

/** A hold in force over one record, by straight SQL with the right persons; its id. */
export async function heldBy(archive: TestArchive, record: string): Promise<string> {
  const id = newId();
  const at = archive.deps.now();
  await run(
    archive,
    sql`insert into holds (id, number, kind, matter, scope, reason_sealed, owner, review_on, proposed, state, made_by, made_at, in_force_at)
      values (${id}, ${`F-${id}`}, 'hold', 'lawsuit', 'list', ${randomBytes(20)}, ${newId()}, ${at}::date, false, 'in_force', ${newId()}, ${at}, ${at})`,
    sql`insert into hold_list (hold_id, record_id) values (${id}, ${record})`,
    sql`insert into hold_records (hold_id, record_id) values (${id}, ${record})`,
  );
  return id;
}

export async function lifted(archive: TestArchive, hold: string): Promise<void> {
  const at = archive.deps.now();
  await run(
    archive,
    sql`update holds set state = 'lifting', lift_proposed_by = ${newId()}, lift_proposed_at = ${at}, lift_reason_sealed = ${randomBytes(20)} where id = ${hold}`,
    sql`update holds set state = 'lifted', lifted_by = ${newId()}, ended_at = ${at} where id = ${hold}`,
  );
}

/** A restriction over a client that two persons agreed to, before its first piece; its id. */
export async function restricted(archive: TestArchive, client: string): Promise<string> {
  const id = newId();
  const at = archive.deps.now();
  await run(
    archive,
    sql`insert into restrictions (id, client_number, ground, reason_sealed, state, proposed_by, proposed_at) values (${id}, ${client}, 'objection', ${randomBytes(20)}, 'proposed', ${newId()}, ${at})`,
    sql`update restrictions set state = 'setting', decided_by = ${newId()}, decided_at = ${at} where id = ${id}`,
  );
  return id;
}

/** A sealed object that was certified from a record, without the application behind it; its id. */
export async function certifiedFrom(world: Execution, record: string): Promise<string> {
  const { archive, deps } = world;
  const id = newId();
  const body = randomBytes(100);
  const staged = await deps.vault.stage({ recordId: id, versionId: newId(), fonds: 'Z001', body, size: body.length, replay: false });
  await deps.db.tx(async (tx) => {
    await deps.vault.record(tx, [staged]);
    await deps.audit.append(tx, {
      actor: archive.person('records_clerk', 'archive'),
      act: 'test.change',
      subject: { kind: 'archive', id: 'test' },
      decision: 'allow',
    });
  });
  await archive.database.superuser.tx(async (tx) => {
    await tx.run(sql`set local session_replication_role = replica`);
    await tx.run(sql`insert into certified_copies (id, number, request_id, record_id, reading_id, object_id, size, digest, pages, boxes, made_by, made_at, disclosure_id, entry_id)
      values (${id}, ${`C-2026-${String(Math.trunc(Math.random() * 999_999)).padStart(6, '0')}`}, ${newId()}, ${record}, ${newId()}, ${staged.objectId}, 100,
        ${`sha256:${'0'.repeat(64)}`}, 1, 0, ${newId()}, now(), ${newId()}, ${newId()})`);
  });
  return staged.objectId;
}
