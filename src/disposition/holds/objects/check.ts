import type { Actor } from '../../../audit/index.js';
import type { HoldsDeps } from '../deps.js';
import { takeMissed } from '../take/store.js';
import { askAgain, askMissed, countObjects, toldObjects, wrongFlags } from './store.js';

const BATCH = 500;
const WIDTH = 16;

export interface HoldsCheck {
  /** Objects that were compared with the store. */
  objects: number;
  /** Whose legal hold in the store is not as the catalogue asks: it is told again. */
  differing: number;
  /** Held objects that are not in the store. */
  missing: number;
  /** Records that a hold speaks of and did not have: taken now. Nothing in this program leaves any. */
  taken: number;
  /** Objects of held records that nobody had asked to tell the store of: asked now. */
  asked: number;
  /** Records whose flag and holds differ: the database allows none. */
  wrongFlags: number;
  /** What the store is still to be told of, and where it failed so far. */
  pending: number;
  failed: number;
}

/**
 * Compares holds in the catalogue with themselves and with the store, object by object, and mends what differs: after the store was
 * restored from a copy, for instance, in which no legal hold stands.
 */
export async function checkHolds(deps: HoldsDeps, actor: Actor): Promise<HoldsCheck> {
  const found = { objects: 0, differing: 0, missing: 0, taken: 0, asked: 0 };
  for (let after: string | null = null; ;) {
    const rows = await toldObjects(deps.db, after, BATCH);
    const last = rows.at(-1);
    if (!last) break;
    after = last.id;
    const wrong: string[] = [];
    const left = rows.values();
    const worker = async (): Promise<void> => {
      for (const one of left) {
        const stat = await deps.store.stat({ key: one.key, version: one.version });
        if (stat === undefined && one.wanted) found.missing++;
        if (stat !== undefined && stat.legalHold !== one.wanted) wrong.push(one.id);
      }
    };
    await Promise.all(Array.from({ length: WIDTH }, worker));
    found.objects += rows.length;
    found.differing += wrong.length;
    if (wrong.length > 0)
      await deps.db.tx(async (tx) => {
        await askAgain(tx, wrong, deps.now());
        await deps.audit.append(tx, {
          actor,
          act: 'hold.objects_differ',
          subject: { kind: 'archive', id: 'store' },
          decision: 'error',
          facts: { count: wrong.length },
        });
      });
  }
  await deps.db.tx(async (tx) => {
    found.taken = await takeMissed(tx);
    found.asked = await askMissed(tx);
    await deps.audit.append(tx, {
      actor,
      act: 'hold.check',
      subject: { kind: 'archive', id: 'holds' },
      decision: found.differing + found.missing + found.taken + found.asked === 0 ? 'allow' : 'error',
      facts: { ...found },
    });
  });
  return { ...found, wrongFlags: await wrongFlags(deps.db), ...(await countObjects(deps.db)) };
}
