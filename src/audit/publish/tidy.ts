import { isCoded } from '../../errors/index.js';
import { DEFAULT_LOCK } from '../../storage/index.js';
import type { PublishDeps } from './publish.js';
import { markSuperseded, selectSuperseded } from './store.js';

const BATCH = 1000;

/**
 * Removes partial parts whose lock of a day is over and that full ones, published and locked, hold whole: nothing that is not
 * there twice. How many went.
 */
export async function tidyPublished({ auditDb, store, now }: Pick<PublishDeps, 'auditDb' | 'store' | 'now'>): Promise<number> {
  const before = new Date(now().getTime() - DEFAULT_LOCK);
  const superseded = await selectSuperseded(auditDb, before, BATCH);
  const gone: string[] = [];
  for (const { key, version } of superseded) {
    try {
      await store.remove({ key, version });
      gone.push(key);
    } catch (error) {
      if (isCoded(error, 'not_found')) gone.push(key);
      else if (!isCoded(error, 'conflict')) throw error; // still locked: the next time
    }
  }
  if (gone.length > 0) await markSuperseded(auditDb, gone, now());
  return gone.length;
}
