import type { Actor } from '../../audit/index.js';
import type { Queryable } from '../../db/index.js';
import { importById, type ImportRow } from './store.js';

/** Whose imports this caller may look at: a machine its own alone, since rejects hold what another's source held. `null` = all. */
export function importsSeenBy(actor: Actor): string | null {
  return actor.kind === 'integration' ? actor.pseudonym : null;
}

/** An import, as far as it exists for this caller. */
export async function importSeenBy(db: Queryable, actor: Actor, id: string): Promise<ImportRow | undefined> {
  const row = await importById(db, id);
  const only = importsSeenBy(actor);
  return row && (only === null || row.pseudonym === only) ? row : undefined;
}
