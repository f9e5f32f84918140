import { placeOfItem, textFact, type Step } from './state.js';

const acts: Step = (past, { entry, ...place }) => {
  past.policy = { id: entry.subject.id, digest: textFact(entry, 'digest'), since: placeOfItem(place) };
  return 'all';
};

/** Its days stand in its text; the version that it follows ends by an entry of its own. */
const stands: Step = (past, { entry, ...place }) => {
  past.standing.set(entry.subject.id, { id: entry.subject.id, digest: textFact(entry, 'digest'), since: placeOfItem(place) });
  return 'all';
};

const ends: Step = (past, { entry }) => {
  past.standing.delete(entry.subject.id);
  return 'all';
};

/** Entries that put rules in force or end them. */
export const RULE_STEPS: Readonly<Record<string, Step>> = {
  'policy.bootstrap': acts,
  'policy.confirm': acts,
  'standing.bootstrap': stands,
  'standing.confirm': stands,
  'standing.end': ends,
  'standing.expire': ends,
};

/** Entries that keep texts; they count wherever they stand, since a text is known by its digest. */
export const TEXT_ACTS = ['policy.text', 'standing.text'] as const;
