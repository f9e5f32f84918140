import type { Entry } from '../../audit/index.js';
import { close } from './grants.js';
import { textFact, type Attribute, type Past, type PastRecord, type Step } from './state.js';

/** Facts by the column that they say. `type` is what entries said before they said everything. */
const FACTS: readonly (readonly [string, Attribute])[] = [
  ['type', 'service_type'],
  ['serviceType', 'service_type'],
  ['clientType', 'client_type'],
  ['department', 'department'],
  ['sensitivity', 'sensitivity'],
  ['medium', 'medium'],
  ['channel', 'channel'],
  ['fonds', 'fonds'],
  ['staff', 'staff_account'],
];

function take(record: PastRecord, entry: Entry): void {
  for (const [fact, column] of FACTS) if (typeof entry.facts?.[fact] === 'string') record.attributes[column] = textFact(entry, fact);
  const { purposes, restricted } = entry.facts ?? {};
  if (Array.isArray(purposes)) record.purposes = purposes;
  // a record that changed its type without the entry saying what it may be read for
  else if (entry.facts !== undefined && Object.hasOwn(entry.facts, 'serviceType')) record.purposes = undefined;
  if (typeof restricted === 'boolean') record.restricted = restricted;
}

function known(past: Past, id: string): PastRecord {
  past.record ??= { id, state: 'received', restricted: undefined, attributes: {}, purposes: undefined };
  return past.record;
}

/** A step of the record that is asked about; others leave everything as it is. */
const step =
  (change: (record: PastRecord, entry: Entry) => void): Step =>
  (past, { entry }) => {
    if (entry.subject.id !== past.about) return 'none';
    change(known(past, entry.subject.id), entry);
    return 'all';
  };

const into = (state: string): Step =>
  step((record, entry) => {
    take(record, entry);
    record.state = state;
  });

/** Entries that change what the rules look at of a record. */
export const RECORD_STEPS: Readonly<Record<string, Step>> = {
  'record.receive': into('received'),
  'record.complete': into('received'),
  'record.send_back': into('sent_back'),
  'record.archive': into('archived'),
  'record.due_again': into('due'),
  'record.kept_again': step((record, entry) => {
    const { state } = entry.facts ?? {};
    if (typeof state === 'string') record.state = state;
  }),
  'record.extend': into('extended'),
  'record.approve_destruction': into('approved'),
  'record.shredded': into('shredded'),
  'record.destroyed': into('destroyed'),
  'record.reclassify': step(take),
  'record.lowering_agree': step(take),
  'record.correction_agree': step(take),
  // the readings that were open on it are over with it, whatever they were opened under
  'record.restrict': (past, { entry }) => {
    const { id } = entry.subject;
    const touched = close(past, (_reading, record) => record === id);
    if (id !== past.about) return touched;
    known(past, id).restricted = true;
    return 'all';
  },
  'record.release': step((record) => {
    record.restricted = false;
  }),
};
