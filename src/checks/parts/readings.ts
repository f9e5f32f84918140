import { walking } from './part.js';
import { lostReadings, readingFaults } from './readings-store.js';

/** Every reading of the catalogue, and every access under it, has its entries in the log. */
export const readingsPart = walking('readings', 500, (deps) => async (ids) => ({
  faults: (await readingFaults(deps.db, ids)).map(({ kind, id, record, what }) => ({ kind, subject: id, record, facts: { what } })),
}));

/** And the reverse: every entry of a reading or an access has its row. */
export const entriesPart = walking('entries', 1000, (deps) => async (ids) => ({
  faults: (await lostReadings(deps.db, ids)).map(({ id, act, log, sequence, record }) => ({
    kind: 'no_reading' as const,
    subject: id,
    record: record ?? null,
    facts: { act, log, sequence: String(sequence) },
  })),
}));
