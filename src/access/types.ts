/** A condition after placeholders are filled. Of a rule: `=`, `in`, `and`, `or` over columns that are never null; nothing else. */
export type Condition =
  | { op: 'true' }
  | { op: 'false' }
  | { op: 'eq'; column: RecordColumn; value: string | boolean }
  | { op: 'in'; column: RecordColumn; values: readonly (string | boolean)[] }
  | { op: 'and'; all: readonly Condition[] }
  | { op: 'or'; any: readonly Condition[] }
  /** A live grant of a person on the very record, at an instant: no rule of a file says this, only {@link grantedOn}. */
  | { op: 'granted'; person: string; act: GrantAct; at: Date }
  /** One of these records: what a grant is for an index that knows no grants. */
  | { op: 'listed'; ids: readonly string[] };

/** What a grant gives: to view (find, see in the catalogue, read, unmask), to print, to download. */
export const GRANT_ACTS = ['view', 'print', 'download'] as const;
export type GrantAct = (typeof GRANT_ACTS)[number];

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
