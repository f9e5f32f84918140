import type { Db, Tx } from '../../db/index.js';
import type { Audit } from '../audit.js';
import type { Actor } from '../types.js';
import { type CertifyDeps, finishGone, publishGone, rowOf, storedNote } from './certify.js';
import { removeBundles } from './remove.js';
import { findGone, insertGoneAgain, removeEntries, selectClosed, type ClosedLog, type GoneRow } from './store.js';

/** Entries removed in one transaction. */
const AT_ONCE = 20_000;

/** Removes what is left of the entries and side rows of a certified log from the database; how many. Each batch is on record. */
export async function removeRows(
  deps: { db: Db; audit: Pick<Audit, 'append'> },
  actor: Actor,
  gone: Pick<GoneRow, 'log' | 'procedure'>,
  after: (tx: Tx, count: number) => Promise<void> = () => Promise.resolve(),
  most = AT_ONCE,
): Promise<void> {
  for (let removed = most; removed === most;)
    removed = await deps.db.tx(async (tx) => {
      const count = await removeEntries(tx, gone.log, most);
      await after(tx, count);
      const facts = { count, number: gone.procedure };
      await deps.audit.append(tx, { actor, act: 'log.remove_entries', subject: { kind: 'log', id: gone.log }, decision: 'allow', facts });
      return count;
    });
}

type AgainDeps = CertifyDeps & { audit: Pick<Audit, 'append'>; asReplay: () => Db };

/**
 * After a restore: entries that the store certifies as destroyed and that the restored catalogue has again go again, before anybody is
 * served. Nothing happens where there are none. The logs concerned.
 */
export async function destroyAgain(deps: AgainDeps, actor: Actor): Promise<string[]> {
  const done: string[] = [];
  for (const closed of await selectClosed(deps.db)) {
    const gone = closed.procedure === null ? await takeOver(deps, actor, closed) : await findGone(deps.db, closed.log);
    if (!gone || gone.removedAt !== null) continue;
    const tell = (act: string) => (tx: Tx) => put(deps, tx, actor, act, gone);
    await publishGone(deps, gone, tell('log.publish_gone'));
    for await (const batch of removeBundles(deps, gone.log)) void batch; // what is locked stays until its day
    await removeRows(deps, actor, gone);
    await finishGone(deps, gone.log, tell('log.gone'));
    done.push(gone.log);
  }
  return done;
}

async function takeOver(deps: AgainDeps, actor: Actor, closed: ClosedLog): Promise<GoneRow | undefined> {
  const found = await storedNote(deps, closed.log);
  if (!found) return undefined;
  const row = { ...(await rowOf(deps.db, closed, found.text, found.note)), publishedAt: null, removedAt: null };
  const replay = deps.asReplay();
  try {
    await replay.tx(async (tx) => {
      await insertGoneAgain(tx, row);
      await put(deps, tx, actor, 'log.gone_again', row);
    });
  } finally {
    await replay.close();
  }
  return row;
}

const put = (deps: Pick<AgainDeps, 'audit'>, tx: Tx, actor: Actor, act: string, { log, size, procedure }: GoneRow): Promise<unknown> =>
  deps.audit.append(tx, { actor, act, subject: { kind: 'log', id: log }, decision: 'allow', facts: { size: String(size), number: procedure } });
