import type { Actor } from '../../audit/index.js';
import { callerId } from '../batches/current.js';
import type { RecordsDeps } from '../deps.js';
import type { ExistingRecord } from './store.js';

/**
 * Whether this caller may hear if what he hands in equals what is archived under the same number. To anybody else the
 * number is merely taken: "equal" and "changed" would let him guess at content, and tell him which record it is. Machines
 * hand over again what their source holds; who imports compares exports with what he finds in the catalogue.
 */
export function mayCompare(deps: RecordsDeps, actor: Actor, found: ExistingRecord): boolean {
  if (actor.kind !== 'person') return true;
  if (found.submitted_by !== null && found.submitted_by === actor.personId) return true;
  if (found.submitted_account !== null && found.submitted_account === callerId(actor)) return true;
  if (deps.access.decide(actor, 'record.read', found).allow) return true;
  return deps.access.decide(actor, 'record.view', found).allow && deps.access.decide(actor, 'import.run').allow;
}
