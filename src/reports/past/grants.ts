import type { Entry } from '../../audit/index.js';
import { placeOfItem, textFact, type Past, type PastGrant, type Step, type Touched } from './state.js';

function numberFact(entry: Entry, name: string): number | null {
  const value = entry.facts?.[name];
  return typeof value === 'number' ? value : null;
}

const issued: Step = (past, { entry, ...place }) => {
  const reader = textFact(entry, 'reader');
  const acts = entry.facts?.['acts'];
  past.grants.set(entry.subject.id, {
    id: entry.subject.id,
    reader,
    kind: textFact(entry, 'kind'),
    purpose: entry.purpose ?? '',
    acts: Array.isArray(acts) ? acts : [],
    starts: new Date(textFact(entry, 'starts')),
    ends: new Date(textFact(entry, 'ends')),
    records: numberFact(entry, 'records') ?? 0,
    readings: numberFact(entry, 'readings'),
    opened: 0,
    open: new Map(),
    since: placeOfItem(place),
  });
  return { person: reader };
};

const ended: Step = (past, { entry }) => {
  const grant = past.grants.get(entry.subject.id);
  past.grants.delete(entry.subject.id);
  return grant === undefined ? 'none' : { person: grant.reader };
};

/** A reading counts its grant down. */
const opened: Step = (past, { entry }) => {
  const grant = past.grants.get(textFact(entry, 'grant'));
  if (grant === undefined) return 'none';
  grant.opened += 1;
  grant.open.set(entry.subject.id, textFact(entry, 'record'));
  return { person: grant.reader };
};

const closed: Step = (past, { entry }) => close(past, (reading) => reading === entry.subject.id);

/** A counted grant that is used up is over for good once its last reading has ended, as the database has it. */
export function close(past: Past, which: (reading: string, record: string) => boolean): Touched {
  let touched: Touched = 'none';
  for (const grant of past.grants.values()) {
    let some = false;
    for (const [reading, record] of grant.open) if (which(reading, record)) some = grant.open.delete(reading);
    if (!some) continue;
    touched = touched === 'none' ? { person: grant.reader } : 'all';
    if (isUsedUp(grant)) past.grants.delete(grant.id);
  }
  return touched;
}

const isUsedUp = (grant: PastGrant): boolean => grant.readings !== null && grant.opened >= grant.readings && grant.open.size === 0;

/** Entries on grants and on the readings under them. */
export const GRANT_STEPS: Readonly<Record<string, Step>> = {
  'grant.issue': issued,
  'grant.return': ended,
  'grant.revoke': ended,
  'grant.expire': ended,
  'reading.open': opened,
  'reading.return': closed,
  'reading.expire': closed,
};
