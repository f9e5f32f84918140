import type { ChecksDeps } from '../deps.js';
import type { NewFault } from '../values.js';
import { walking } from './part.js';
import { schedulesOf, wrongTerms } from './terms-store.js';

async function see(deps: ChecksDeps, ids: readonly string[]): Promise<{ faults: NewFault[] }> {
  const faults: NewFault[] = [];
  for (const name of await schedulesOf(deps.db, ids)) {
    for (const one of await wrongTerms(deps.db, deps.schedules.get(name), ids)) {
      const facts = { until: one.until, minimum: one.minimum, decided: one.new_until ?? '', decided_minimum: one.new_minimum ?? '', schedule: name };
      faults.push({ kind: one.rule === null ? 'no_rule' : 'term', subject: one.id, record: one.id, facts });
    }
  }
  return { faults };
}

/** Every term follows from the facts that stand here, under the version of the schedule that gave it. */
export const termsPart = walking('terms', 2000, (deps) => (ids) => see(deps, ids));
