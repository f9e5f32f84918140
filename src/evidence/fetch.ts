import { scopeFacts, type Actor } from '../audit/index.js';
import { CodedError } from '../errors/index.js';
import type { Opened } from '../vault/index.js';
import { allowed, guarded, personOf } from './acts.js';
import { factsOf } from './decide.js';
import type { EvidenceDeps } from './deps.js';
import { findPack } from './store.js';

/** A pack as it was made, for its maker, within its time. The entry stands in the log before the vault is asked for the key; the stream stops with the right, or the session. */
export async function fetchEvidence(deps: EvidenceDeps, actor: Actor, id: string): Promise<Opened & { number: string }> {
  const person = personOf(deps, actor, 'evidence.make');
  const open = async (): Promise<Opened & { number: string }> => {
    const row = await findPack(deps.db, id);
    if (!row) throw new CodedError('not_found');
    if (row.asked_by !== person) throw new CodedError('forbidden');
    const { object_id: object, until } = row;
    if (row.state !== 'ready' || object === null || until === null) throw new CodedError('wrong_state', { params: { state: row.state, step: 'fetch' } });
    if (until <= deps.now()) throw new CodedError('wrong_state', { params: { state: 'lapsed', step: 'fetch' } });
    const scope = { actorPseudonym: actor.pseudonym, objectId: object, range: null };
    const pending = await deps.db.tx((tx) =>
      deps.audit.append(tx, {
        ...allowed(deps, actor),
        act: 'evidence.fetch',
        subject: { kind: 'evidence', id },
        facts: { ...factsOf(row), digest: row.digest ?? '', ...scopeFacts(scope) },
      }),
    );
    return { ...(await deps.vault.open(actor, deps.audit.receipt(pending, scope), object, null)), number: row.number };
  };
  return guarded(deps, actor, id, 'fetch', () => deps.streams.under(actor, [], open));
}
