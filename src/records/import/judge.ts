import type { FieldError } from '../../errors/index.js';
import type { Attachments } from './attachments.js';
import type { Counts, Reject } from './counts.js';
import { noCounts } from './counts.js';
import type { ImportItem, ImportOutcome, NewDraft } from './deps.js';
import type { Mapper } from './map/mapper.js';
import type { SeenKeys } from './seen.js';
import type { Unit } from './units.js';

/** A unit that may become a record, or why it may not. */
export type Judged = { unit: Unit; item: ImportItem } | { unit: Unit; code: string; fields: FieldError[] };

/**
 * Decides what the import itself can decide about a unit: unreadable rows, what the mapping cannot make of them,
 * open cases, numbers that the file has twice, files that are not there.
 */
export async function judge(unit: Unit, mapper: Mapper, seen: SeenKeys, attachments: Attachments): Promise<Judged> {
  const reject = (fields: FieldError[]): Judged => ({ unit, code: fields[0]?.code ?? 'invalid', fields });
  const [first] = unit.rows;
  if (first?.fault) return reject([first.fault]);
  const group = mapper.mapping.group;
  if (group !== undefined && unit.key === undefined) return reject(group.by.map((field) => ({ field, code: 'missing' })));
  if (group !== undefined && unit.rows.length > group.maxRows)
    return reject([{ field: group.by[0] ?? '', code: 'group_too_long', params: { max: group.maxRows } }]);
  const { draft, files, faults } = mapper.build(unit.rows);
  // an open case has no closing time, and that it is open is all there is to say about it
  if (draft['status'] === 'open') return reject([{ field: 'status', code: 'open_case' }]);
  const isNew = remember(unit, mapper, seen);
  if (faults.length > 0) return reject(faults);
  if (!isNew) return reject([{ field: 'serviceNo', code: group === undefined ? 'duplicate' : 'split_group' }]);
  if (files.length === 0) return { unit, item: { draft } };
  const found = await attachments.find(files);
  if (found.faults.length > 0) return reject(found.faults);
  return { unit, item: { draft, files: found.files } };
}

/** Whether the number is new in this file. */
function remember(unit: Unit, mapper: Mapper, seen: SeenKeys): boolean {
  const key = mapper.keyOf(unit.rows);
  return key === undefined || seen.add(`${key.system}\0${key.serviceNo}`);
}

/** Passes over units that an earlier run has done, so that what they say about later ones (numbers seen) is known again. */
export async function passOver(unit: Unit, mapper: Mapper, seen: SeenKeys): Promise<void> {
  await judge(unit, mapper, seen, { find: async () => ({ files: [], faults: [] }) });
}

/** Counts a unit's outcome; every row of a rejected unit is a reject of its own, so that rows add up. */
export function settle(unit: Unit, outcome: ImportOutcome | NewDraft): { counts: Counts; rejects: Reject[] } {
  const rows = unit.rows.length;
  switch (outcome.status) {
    case 'rejected':
      return {
        counts: { ...noCounts(), rowsRejected: rows },
        rejects: unit.rows.map((row) => ({ row: row.number, code: outcome.code, fields: outcome.fields, raw: row.raw() })),
      };
    case 'new':
      return { counts: { ...noCounts(), rowsTaken: rows, ...(outcome.complete ? { captured: 1 } : { received: 1 }) }, rejects: [] };
    case 'captured':
      return { counts: { ...noCounts(), rowsTaken: rows, captured: 1 }, rejects: [] };
    case 'received':
      return { counts: { ...noCounts(), rowsTaken: rows, received: 1 }, rejects: [] };
    case 'replayed':
      return { counts: { ...noCounts(), rowsTaken: rows, replayed: 1 }, rejects: [] };
  }
}
