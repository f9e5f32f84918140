import { randomBytes } from 'node:crypto';
import type { Actor } from '../../../src/audit/index.js';
import { newId, sql } from '../../../src/db/index.js';
import type { TestArchive } from '../../support/archive.js';

const TABLES = [sql`persons`, sql`accounts`, sql`sessions`];

/** Gives somebody an account and signs him in at another browser: a session of his own that may be locked. */
export async function signedInAt(archive: TestArchive, actor: Actor): Promise<Actor> {
  const { owner, superuser } = archive.database;
  const { now } = archive.clock;
  const sessionId = newId();
  for (const table of TABLES) await superuser.run(sql`alter table ${table} disable trigger user`);
  await owner.run(
    sql`insert into persons (id, pseudonym, display_name, created_at) values (${actor.personId}, ${actor.pseudonym}, '何清', ${now}) on conflict do nothing`,
  );
  await owner.run(sql`insert into accounts (id, person_id, username, state, password_hash, password_set_at, created_at)
    values (${actor.accountId}, ${actor.personId}, ${`u${randomBytes(6).toString('hex')}`}, 'active', '$argon2id$x', ${now}, ${now}) on conflict do nothing`);
  await owner.run(sql`insert into sessions (id, token_hash, account_id, device, created_at, used_at, expires_at)
    values (${sessionId}, ${randomBytes(32)}, ${actor.accountId}, 'test', ${now}, ${now}, ${new Date(now.getTime() + 12 * 3_600_000)})`);
  for (const table of TABLES) await superuser.run(sql`alter table ${table} enable trigger user`);
  return { ...actor, sessionId, shownAt: now };
}

/** What the next request of a session is, once it was locked to a visit. */
export const lockedTo = (actor: Actor, visit: string, application: string): Actor => ({ ...actor, locked: { visit, application } });
