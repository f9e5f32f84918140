import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { publishAndStamp } from '../../src/app/log.js';
import { sql } from '../../src/db/index.js';
import { enrol } from './second-factor.js';
import { PASSWORD, type Client, type Staff, type TestServer } from './server.js';

const DAY = 86_400_000;

/** A clock that a test puts ahead. */
export function movedClock() {
  const clock = { ahead: 0, now: (): Date => new Date(Date.now() + clock.ahead) };
  return clock;
}

/** Gives a person a role more, by the administrators whom it takes. */
export async function alsoAs(staff: Staff, server: TestServer, username: string, role: string): Promise<void> {
  const account = await server.database.owner.one<{ id: string }>(sql`select id from accounts where username = ${username}`);
  const given = await staff.securityAdmin('POST', `/api/v1/accounts/${account.id}/roles`, { role });
  const id = String(given.json['grantId']);
  await staff.auditAdmin('POST', `/api/v1/changes/${id}/see`);
  const decided = await staff.auditAdmin('POST', `/api/v1/role-grants/${id}/decide`, { agree: true });
  if (decided.status !== 204) throw new Error(decided.text);
}

/** Each of them has a second factor from now on. */
export async function withFactors(server: TestServer, usernames: readonly string[]): Promise<void> {
  for (const username of usernames) {
    const client = await server.signedIn(username, PASSWORD);
    if ((await client('GET', '/api/v1/me/second-factor')).json['enrolled'] !== true) await enrol(client, server.serving.url, username);
  }
}

/** Publishes the log as far as it goes. */
export async function published(server: TestServer): Promise<void> {
  const { owner } = server.database;
  while ((await owner.one<{ n: number }>(sql`select count(*)::int as n from audit_pending`)).n > 0) await sleep(20);
  await publishAndStamp(server.serving.archive);
}

/** Puts the archive so far ahead that the term of the log written so far is over, and begins another one; gives the old one's name. */
export async function yearsOn(server: TestServer, clock: { ahead: number }): Promise<string> {
  await published(server);
  const { log } = await server.database.owner.one<{ log: string }>(sql`select max(log) as log from audit_heads`);
  clock.ahead = 7 * 366 * DAY;
  await server.client()('POST', '/api/v1/sessions', { username: 'nobody', password: PASSWORD });
  await published(server);
  return log;
}

/** Signs all of them in anew, as after some days. */
export async function signedInAll<K extends string>(server: TestServer, usernames: readonly K[]): Promise<Record<K, Client>> {
  const all: Partial<Record<K, Client>> = {};
  for (const one of usernames) all[one] = await server.signedIn(one, PASSWORD);
  return all as Record<K, Client>;
}

/** Ends what the store locks of the bundles of a log: the folder's clock is the machine's. */
export async function endBundleLocks(server: TestServer, log: string): Promise<void> {
  const folder = join(server.folder, 'objects', 'log', server.serving.archive.keystore.archiveId, log, 'tile', 'entries');
  const past = new Date(Date.now() - DAY);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) await utimes(join(entry.parentPath, entry.name), past, past);
}

export const personOf = async (server: TestServer, username: string): Promise<string> =>
  (await server.database.owner.one<{ person_id: string }>(sql`select person_id from accounts where username = ${username}`)).person_id;

/** Refusals of a destruction register that are on record: step and reason. */
export async function refusalsOf(server: TestServer, id: string): Promise<string[]> {
  const rows = await server.database.owner.many<{ what: string }>(
    sql`select concat(e::jsonb -> 'facts' ->> 'step', ' ', e::jsonb -> 'facts' ->> 'why') as what
      from (select entry as e from audit_entries union all select entry from audit_pending) x
      where e::jsonb ->> 'act' = 'destruction.refused' and e::jsonb -> 'subject' ->> 'id' = ${id}`,
  );
  return rows.map((row) => row.what);
}
