import { systemActor } from '../../audit/index.js';
import { checkKeys } from '../../vault/index.js';
import type { NewFault } from '../values.js';
import type { Part } from './part.js';

/** The keystore, each registered copy of it, and every bucket's key in force. Wraps are opened with their objects. */
export const keysPart: Part = {
  size: async ({ keystore }) => {
    const places = (await keystore.check()).length;
    return { total: places, frame: places };
  },
  async *run(deps, { place }) {
    if (place !== null) return;
    const report = await checkKeys(deps, systemActor(), { sample: 0 });
    const faults: NewFault[] = [];
    if (!report.bound) faults.push({ kind: 'foreign_keystore', subject: deps.keystore.archiveId, record: null });
    for (const [i, one] of report.places.entries())
      if (!one.reachable || !one.same || one.faults.length > 0)
        faults.push({ kind: 'key_copy', subject: String(i + 1), record: null, facts: { keys: one.faults.length } });
    for (const bucket of report.lostBuckets) faults.push({ kind: 'key_bucket', subject: bucket, record: null });
    yield { done: report.places.length, faults, place: 'done' };
  },
};
