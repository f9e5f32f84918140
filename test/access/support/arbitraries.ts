import fc from 'fast-check';
import { GRANT_ACTS, RECORD_COLUMNS, type Condition, type RecordAttributes, type RecordColumn } from '../../../src/access/index.js';

/** A few values per column, so that conditions and records meet often; among them what would break a filter that is put together as text. */
const VALUES: Record<RecordColumn, readonly (string | boolean)[]> = {
  service_type: ['routine', 'complaint', 'survey'],
  client_type: ['enterprise', 'individual'],
  department: ['hotline', '售后', 'it"s \\ odd', "o'brien"],
  sensitivity: ['public', 'internal', 'sensitive', 'highly_sensitive'],
  medium: ['electronic', 'paper'],
  channel: ['phone', 'chat'],
  state: ['received', 'archived'],
  restricted: [true, false],
  fonds: ['Z001', 'Z002'],
  staff_account: ['', 'a-1', 'a-2'],
};

const leaf: fc.Arbitrary<Condition> = fc.constantFrom(...RECORD_COLUMNS).chain((column) =>
  fc.oneof(
    fc.constantFrom(...VALUES[column]).map((value): Condition => ({ op: 'eq', column, value })),
    fc.array(fc.constantFrom(...VALUES[column]), { maxLength: 3 }).map((values): Condition => ({ op: 'in', column, values })),
  ),
);

/** The person whose grants the conditions ask for, and the instant. */
export const READER = '00000000-0000-7000-8000-000000000001';
export const AT = new Date('2026-06-01T08:00:00Z');

const granted: fc.Arbitrary<Condition> = fc.constantFrom(...GRANT_ACTS).map((act): Condition => ({ op: 'granted', person: READER, act, at: AT }));

/** Any condition that can be written down, well-formed or wasteful. */
export const conditions: fc.Arbitrary<Condition> = fc.letrec<{ node: Condition }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    granted,
    fc.constantFrom<Condition>({ op: 'true' }, { op: 'false' }),
    fc.array(tie('node'), { maxLength: 4 }).map((all): Condition => ({ op: 'and', all })),
    fc.array(tie('node'), { maxLength: 4 }).map((any): Condition => ({ op: 'or', any })),
  ),
})).node;

const columns = fc.record(
  Object.fromEntries(RECORD_COLUMNS.map((column) => [column, fc.constantFrom(...VALUES[column])])) as {
    [K in RecordColumn]: fc.Arbitrary<RecordAttributes[K]>;
  },
);

/** A record with what live grants give on it; nobody prints what he may not view. */
export const records: fc.Arbitrary<RecordAttributes> = fc
  .tuple(columns, fc.constantFrom<string[][]>([], [], [], ['view'], ['view', 'print'], ['view', 'print', 'download']))
  .map(([record, acts]) => ({ ...record, granted: acts }));
