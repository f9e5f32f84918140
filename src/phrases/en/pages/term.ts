import type { Phrases } from '../../types.js';
import type { term as zh } from '../../zh/pages/term.js';

export const term: Phrases<typeof zh> = {
  title: 'Kept until when, and why',
  steps: 'Derivation',
  facts: 'Facts it follows from',
  events: 'Events that move the term',
  noEvents: {
    title: 'No events',
    text: 'The term counts from closing. The end of a contract, a last contact and other events stand here once they are reported.',
  },
  event: 'Event',
  at: 'Happened',
  source: 'Source',
  entry: 'Entry in the log',
  schedule: 'Retention schedule',
  agrees: 'Decided again: it agrees with the catalogue.',
  differs: 'Decided again: it does not agree with the catalogue. Tell the records manager.',
  json: 'JSON with which anybody can decide again',
  open: 'The whole derivation',
  kinds: { contact: 'last contact', extension: 'extended after appraisal', promised: 'a day promised before a change, {until}' },
};
