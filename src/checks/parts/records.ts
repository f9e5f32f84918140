import { walking } from './part.js';
import { recordFaults } from './records-store.js';

/** Every record has its versions and objects, and of a destroyed one nothing is left but what says so. */
export const recordsPart = walking('records', 500, (deps) => async (ids) => ({
  faults: (await recordFaults(deps.db, ids)).flatMap(({ id, kinds }) => kinds.map((kind) => ({ kind, subject: id, record: id }))),
}));
