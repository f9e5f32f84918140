/** A rule's condition after placeholders are filled: `=`, `in`, `and`, `or` over columns that are never null; nothing else. */
export type Condition =
  | { op: 'true' }
  | { op: 'false' }
  | { op: 'eq'; column: RecordColumn; value: string | boolean }
  | { op: 'in'; column: RecordColumn; values: readonly (string | boolean)[] }
  | { op: 'and'; all: readonly Condition[] }
  | { op: 'or'; any: readonly Condition[] };

/** Columns of `records` that rules may speak of. All `not null`. */
export const RECORD_COLUMNS = [
  'service_type',
  'client_type',
  'department',
  'sensitivity',
  'medium',
  'channel',
  'state',
  'restricted',
  'fonds',
  'staff_account',
] as const;
export type RecordColumn = (typeof RECORD_COLUMNS)[number];
