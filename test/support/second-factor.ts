import { currentCode } from '../../src/accounts/index.js';
import { sql } from '../../src/db/index.js';
import type { TestDatabase } from './database.js';
import type { Client } from './server.js';

/** Second factors of the accounts that tests made, by server and user name; every test process has its own. */
const factors = new Map<string, { uri: string; recovery: string[] }>();

const keyOf = (url: string, username: string): string => `${url} ${username}`;

/** Something to show as second factor: a recovery code, because tests sign in oftener than every thirty seconds. */
export function nextCode(url: string, username: string): string {
  const factor = factors.get(keyOf(url, username));
  if (!factor) throw new Error(`${username} has no second factor`);
  return factor.recovery.shift() ?? currentCode(factor.uri, new Date());
}

/** Signs in with password and, where the account has one or needs one, with its second factor; enrols it the first time. */
export async function signInFully(client: Client, url: string, username: string, password: string): Promise<void> {
  const signed = await client('POST', '/api/v1/sessions', { username, password });
  if (signed.status !== 201) throw new Error(`sign-in of ${username}: ${signed.text}`);
  if (signed.json['secondFactor'] === 'enrolled') return show(client, url, username);
  const state = await client('GET', '/api/v1/me/second-factor');
  if (state.json['needed'] === true) await enrol(client, url, username);
}

/** Enrols the person of a session. */
export async function enrol(client: Client, url: string, username: string): Promise<void> {
  const begun = await client('POST', '/api/v1/me/second-factor');
  const uri = String(begun.json['uri']);
  const confirmed = await client('POST', '/api/v1/me/second-factor/confirm', { code: currentCode(uri, new Date()) });
  if (confirmed.status !== 201) throw new Error(`enrolment of ${username}: ${begun.text} ${confirmed.text}`);
  factors.set(keyOf(url, username), { uri, recovery: confirmed.json['recoveryCodes'] as string[] });
}

async function show(client: Client, url: string, username: string): Promise<void> {
  const shown = await client('POST', '/api/v1/me/second-factor/show', { code: nextCode(url, username) });
  if (shown.status !== 200) throw new Error(`second factor of ${username}: ${shown.text}`);
  const factor = factors.get(keyOf(url, username));
  if (!factor || factor.recovery.length > 2) return;
  const renewed = await client('POST', '/api/v1/me/second-factor/recovery-codes');
  factor.recovery = renewed.json['recoveryCodes'] as string[];
}

/** As if everybody who is signed in had shown a second factor just now. */
export async function shownJustNow({ superuser }: TestDatabase): Promise<void> {
  await superuser.run(sql`alter table sessions disable trigger user`);
  await superuser.run(sql`update sessions set second_factor_at = now() where ended_at is null`);
  await superuser.run(sql`alter table sessions enable trigger user`);
}
