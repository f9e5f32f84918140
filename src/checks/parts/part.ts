import type { ChecksDeps } from '../deps.js';
import type { CheckScope, NewFault } from '../values.js';
import { countOf, drawIds, nextIds, type Walked } from './walk-store.js';

/** What a part found in one step; it is kept before the next begins. */
export interface Step {
  done: number;
  faults: NewFault[];
  bytes?: number;
  young?: number;
  /** Where the next process goes on. */
  place: string;
}

export interface Look {
  scope: CheckScope;
  /** Everything made after it is left to the next check. */
  check: string;
  /** Where an earlier process stopped. */
  place: string | null;
}

export interface Part {
  size(deps: ChecksDeps, look: Look): Promise<{ total: number; frame: number }>;
  run(deps: ChecksDeps, look: Look): AsyncGenerator<Step>;
}

const FIRST = '00000000-0000-0000-0000-000000000000';

type Seen = Pick<Step, 'faults' | 'bytes'>;

/** A part that walks through rows by their ids, or through those that were drawn. */
export function walking(what: Walked, batch: number, prepare: (deps: ChecksDeps) => (ids: readonly string[]) => Promise<Seen>): Part {
  return {
    async size({ db }, { scope }) {
      const frame = await countOf(db, what);
      return { frame, total: scope.mode === 'whole' ? frame : Math.min(frame, scope.size) };
    },
    async *run(deps, look) {
      const see = prepare(deps);
      for await (const { ids, place } of batches(deps, what, batch, look)) yield { done: ids.length, place, ...(await see(ids)) };
    },
  };
}

async function* batches(deps: ChecksDeps, what: Walked, batch: number, { scope, check, place }: Look): AsyncGenerator<{ ids: string[]; place: string }> {
  if (scope.mode === 'sample') {
    const drawn = await drawIds(deps.db, what, { ...scope, before: check });
    for (let at = Number(place ?? 0); at < drawn.length; at += batch)
      yield { ids: drawn.slice(at, at + batch), place: String(Math.min(at + batch, drawn.length)) };
    return;
  }
  for (let after = place ?? FIRST; ;) {
    const ids = await nextIds(deps.db, what, { after, before: check, limit: batch });
    const last = ids.at(-1);
    if (last === undefined) return;
    yield { ids, place: last };
    after = last;
  }
}
