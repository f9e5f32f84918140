import type { Phrases } from '../types.js';
import type { reports as source } from '../zh/reports.js';

export const reports: Phrases<typeof source> = {
  signals: {
    kinds: {
      volume: 'Unusual volume',
      outside_clients: "Outside the department's clients",
      after_complaint: 'After a complaint',
      refusals: 'Many refusals',
      outside_hours: 'Outside hours',
      not_returned: 'Not handed back',
      same_text: 'The same text',
    },
    why: {
      volume: '{count} readings in the day',
      outside_clients: 'Of {all} readings in the day, {count} were of clients with whom the own department has nothing to do',
      after_complaint: '{count} readings of clients who had complained (last {days} days before) to another department',
      refusals: 'Refused {count} times in the day',
      outside_hours: '{count} readings outside ordinary hours: {night} at night, {dayOff} in the daytime of days off',
      not_returned: 'Of {all} readings that ended in the day, {count} ran out without being handed back',
      same_text: 'The same free text {count} times within {days} days ({texts} such texts)',
    },
    own: 'the own median of {days} days is {ownMedian} a day, more than {ownLimit} is unusual',
    peers: 'the median of colleagues is {peersMedian} a day, more than {peersLimit} is unusual',
    between: '; ',
    outcomes: { justified: 'Justified', not_justified: 'Not justified', rule_too_strict: 'The rule is too strict' },
    states: { open: 'Waiting', working: 'Being worked on', closed: 'Closed' },
  },
};
