import type { Actor } from '../../../audit/index.js';
import type { HoldsDeps } from '../deps.js';
import type { Tx } from '../../../db/index.js';
import { openHolds, spanEnd, takeMissed, takeTime } from '../take/store.js';
import { askAgain, askMissed, countObjects, toldObjects, wrongFlags } from './store.js';

const BATCH = 500;
const WIDTH = 16;
/** Records that queries are asked of at once. */
const SPAN = 20_000;

export interface HoldsCheckOptions {
  span?: number;
  /** Told how many records the queries were asked of so far. */
  told?: (records: number) => void;
}

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
export async function checkHolds(deps: HoldsDeps, actor: Actor, options: HoldsCheckOptions = {}): Promise<HoldsCheck> {
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
  found.taken = await takeEach(deps, actor, options);
  await deps.db.tx(async (tx) => {
    await takeTime(tx);
    found.asked = await askMissed(tx);
    await deps.audit.append(tx, {
      actor,
      act: 'hold.check',
      subject: { kind: 'archive', id: 'holds' },
      decision: found.differing + found.missing + found.taken + found.asked === 0 ? 'allow' : 'error',
      facts: { ...found },
    });
  });
  const wrong = await deps.db.tx(async (tx) => {
    await takeTime(tx);
    return wrongFlags(tx);
  });
  return { ...found, wrongFlags: wrong, ...(await countObjects(deps.db)) };
}

/** Lists and clients hold by hold, then the records span by span, each asked of every query: each step a transaction of its own. */
async function takeEach(deps: HoldsDeps, actor: Actor, { span = SPAN, told }: HoldsCheckOptions): Promise<number> {
  const holds = await openHolds(deps.db);
  let [taken, looked] = [0, 0];
  const step = async (work: (tx: Tx) => Promise<number>): Promise<void> => {
    await deps.db.tx(async (tx) => {
      await takeTime(tx);
      const count = await work(tx);
      taken += count;
      if (count > 0)
        await deps.audit.append(tx, {
          actor,
          act: 'hold.check',
          subject: { kind: 'archive', id: 'holds' },
          decision: 'error',
          facts: { taken: count },
        });
    });
  };
  for (const { id, scope, client_number } of holds)
    if (scope !== 'query') await step((tx) => takeMissed(tx, id, scope === 'client' ? { client: client_number ?? '' } : { hold: id }));
  const queries = holds.flatMap(({ id, filters }) => (filters === null ? [] : [{ id, filters }]));
  for (let after: string | null = null; queries.length > 0;) {
    const to = await spanEnd(deps.db, after, span);
    if (to === null) break;
    const from = after;
    await step(async (tx) => {
      let count = 0;
      for (const { id, filters } of queries) count += await takeMissed(tx, id, { filters }, { after: from, to });
      return count;
    });
    looked += span;
    told?.(looked);
    after = to;
  }
  return taken;
}
