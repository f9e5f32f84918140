import { inspectionKeys, inspectObjects } from '../../vault/index.js';
import type { NewFault } from '../values.js';
import { objectOwners, sidesOf } from './objects-store.js';
import { walking } from './part.js';

/** Every object: its bytes, its key, its locks, its owner; of a destroyed one nothing. */
export const objectsPart = walking('objects', 64, (deps) => {
  const keys = inspectionKeys(deps);
  const owners = objectOwners(deps.db);
  owners.catch(() => undefined); // told by the first step
  return async (ids) => {
    const sides = await sidesOf(deps.db, ids, await owners);
    const holds = new Map(sides.flatMap(({ id, hold }) => (hold === null ? [] : [[id, hold] as const])));
    const gone = new Set(sides.flatMap(({ id, gone: is }) => (is ? [id] : [])));
    const seen = await inspectObjects(deps, keys, { objectIds: ids, holds, gone });
    const faults: NewFault[] = sides.filter(({ owned }) => !owned).map(({ id, record }) => ({ kind: 'no_owner', subject: id, record }));
    for (const one of seen) faults.push(...one.faults.map((kind) => ({ kind, subject: one.objectId, record: one.recordId })));
    return { faults, bytes: seen.reduce((sum, one) => sum + one.bytes, 0) };
  };
});
