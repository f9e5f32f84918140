import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { Actor } from '../../audit/index.js';
import { openField, sealField } from '../../crypto/index.js';
import { newId, type Tx } from '../../db/index.js';
import { check, CodedError } from '../../errors/index.js';
import { SORTS, type Sort } from '../port.js';
import { QUERY_LENGTH } from '../query/parse.js';
import type { SearchDeps } from './deps.js';
import { deleteSaved, dropRecent, insertSaved, keepRecent, recentOf, savedOf } from './store.js';
import type { SavedSearch } from './types.js';

/** Searches of one's own that are kept: the newest 20, and up to 50 saved ones. */
export const RECENT = 20;
export const SAVED = 50;
export const NAME_LENGTH = 60;

const accountOf = (actor: Actor): string => {
  if (actor.accountId === null) throw new CodedError('forbidden');
  return actor.accountId;
};
const recentContext = (id: string): string => `search/${id}/recent`;
const savedContext = (id: string): string => `search/${id}/saved`;

/** Keeps what was searched, sealed, in the transaction of the search's own entry. Machines have no memory of their own. */
export async function remember(deps: SearchDeps, tx: Tx, actor: Actor, q: string): Promise<void> {
  if (actor.kind !== 'person' || actor.accountId === null || q.trim() === '') return;
  const id = newId();
  const hash = createHmac('sha256', deps.keystore.secret('recent-searches')).update(`${actor.accountId}\0${q.trim()}`).digest();
  const sealed = sealField(deps.keystore.secret('catalogue'), recentContext(id), q.trim());
  await keepRecent(tx, { id, account: actor.accountId, hash, sealed, at: deps.now() }, RECENT);
}

/** One's own latest searches, newest first. */
export async function recentSearches(deps: Pick<SearchDeps, 'db' | 'keystore'>, actor: Actor): Promise<{ q: string; at: string }[]> {
  const rows = await recentOf(deps.db, accountOf(actor), RECENT);
  return rows.map((row) => ({ q: openField(deps.keystore.secret('catalogue'), recentContext(row.id), row.sealed), at: row.at.toISOString() }));
}

/** Forgets one's own latest searches; the audit log keeps that they were made. */
export async function forgetRecent(deps: SearchDeps, actor: Actor): Promise<void> {
  const account = accountOf(actor);
  await deps.db.tx(async (tx) => {
    const count = await dropRecent(tx, account);
    await deps.audit.append(tx, { actor, act: 'search.forget', subject: { kind: 'list', id: 'searches' }, decision: 'allow', facts: { count } });
  });
}

const saved = z.strictObject({
  name: z.string().trim().min(1, 'empty').max(NAME_LENGTH, 'too_long'),
  q: z.string().trim().min(1, 'empty').max(QUERY_LENGTH, 'too_long'),
  sort: z.enum(SORTS).default('relevance'),
});

/** One's own saved searches, newest first. */
export async function listSaved(deps: Pick<SearchDeps, 'db' | 'keystore'>, actor: Actor): Promise<SavedSearch[]> {
  const rows = await savedOf(deps.db, accountOf(actor), SAVED);
  return rows.map((row) => {
    const { name, q } = JSON.parse(openField(deps.keystore.secret('catalogue'), savedContext(row.id), row.sealed)) as { name: string; q: string };
    return { id: row.id, name, q, sort: row.sort as Sort, createdAt: row.at.toISOString() };
  });
}

/** Saves a search under a name of one's own; a name may stand there once. */
export async function saveSearch(deps: SearchDeps, actor: Actor, input: z.input<typeof saved>): Promise<SavedSearch> {
  const account = accountOf(actor);
  const { name, q, sort } = check(saved, input);
  const own = await listSaved(deps, actor);
  if (own.length >= SAVED) throw new CodedError('invalid_field', { fields: [{ field: 'name', code: 'too_many', params: { max: SAVED } }] });
  if (own.some((one) => one.name === name)) throw new CodedError('invalid_field', { fields: [{ field: 'name', code: 'taken' }] });
  const id = newId();
  const at = deps.now();
  const sealed = sealField(deps.keystore.secret('catalogue'), savedContext(id), JSON.stringify({ name, q }));
  await deps.db.tx(async (tx) => {
    await insertSaved(tx, { id, account, sealed, sort, at });
    await deps.audit.append(tx, { actor, act: 'search.save', subject: { kind: 'list', id }, decision: 'allow', side: { query: q } });
  });
  return { id, name, q, sort, createdAt: at.toISOString() };
}

/** Removes a saved search of one's own; another's does not exist. */
export async function removeSaved(deps: SearchDeps, actor: Actor, id: string): Promise<void> {
  const account = accountOf(actor);
  await deps.db.tx(async (tx) => {
    if ((await deleteSaved(tx, account, id)) === 0) throw new CodedError('not_found');
    await deps.audit.append(tx, { actor, act: 'search.remove', subject: { kind: 'list', id }, decision: 'allow' });
  });
}
