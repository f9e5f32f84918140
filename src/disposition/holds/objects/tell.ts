import type { Actor } from '../../../audit/index.js';
import { isCoded } from '../../../errors/index.js';
import type { HoldsDeps } from '../deps.js';
import { onlyHere } from '../../only-here-store.js';
import { objectsToTell, setTold, TELLING, type AskedObject, type ToldObject } from './store.js';

/** Objects whose answers are kept together. */
const BATCH = 200;
/** Objects that the store is told of at the same time. */
const WIDTH = 16;
/** Minutes until the store is told again, by how often it failed: 1, 2, 4 … at most an hour. */
const waitOf = (attempts: number): number => Math.min(60, 2 ** attempts) * 60_000;

export interface ObjectsTold {
  done: number;
  failed: number;
}

/**
 * Sets and lifts legal holds in the store, as the catalogue asks (R34). Begins after the commit that asks, goes on after a crash
 * where it stopped, and tries again what failed; a hold stands in the catalogue meanwhile all the same.
 */
export async function tellStore(deps: HoldsDeps, actor: Actor, signal?: AbortSignal): Promise<ObjectsTold> {
  const told = { done: 0, failed: 0 };
  if ((await objectsToTell(deps.db, deps.now(), 1)).length === 0) return told;
  await onlyHere(deps.db, TELLING, async () => {
    while (signal?.aborted !== true) {
      const asked = await objectsToTell(deps.db, deps.now(), BATCH);
      if (asked.length === 0) break;
      const answers = await tellEach(deps, asked);
      const done = answers.filter((one) => one.done).length;
      await deps.db.tx(async (tx) => {
        await setTold(tx, answers, deps.now());
        await deps.audit.append(tx, {
          actor,
          act: 'hold.objects',
          subject: { kind: 'archive', id: 'store' },
          decision: done === answers.length ? 'allow' : 'error',
          facts: { set: asked.filter((one) => one.wanted).length, lifted: asked.filter((one) => !one.wanted).length, failed: answers.length - done },
        });
      });
      told.done += done;
      told.failed += answers.length - done;
    }
  });
  return told;
}

async function tellEach(deps: HoldsDeps, asked: readonly AskedObject[]): Promise<ToldObject[]> {
  const answers: ToldObject[] = [];
  const left = asked.values();
  const worker = async (): Promise<void> => {
    for (const one of left) answers.push(await tellOne(deps, one));
  };
  await Promise.all(Array.from({ length: WIDTH }, worker));
  return answers;
}

async function tellOne(deps: HoldsDeps, { id, turn, wanted, attempts, key, version }: AskedObject): Promise<ToldObject> {
  const ref = { key, version };
  try {
    await deps.store.setLegalHold(ref, wanted);
    return { id, turn, done: true, why: null, dueAt: deps.now() };
  } catch (error) {
    const code = isCoded(error) ? error.code : 'internal';
    // what is not there any more holds nothing
    if (code === 'not_found' && !wanted) return { id, turn, done: true, why: null, dueAt: deps.now() };
    // whatever it was, one object stops no other
    return { id, turn, done: false, why: code, dueAt: new Date(deps.now().getTime() + waitOf(attempts)) };
  }
}
