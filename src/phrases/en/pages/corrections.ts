import type { Phrases } from '../../types.js';
import type { corrections as zh } from '../../zh/pages/corrections.js';

export const corrections: Phrases<typeof zh> = {
  title: 'Corrections',
  lead: 'One person proposes a correction and another confirms it; it becomes a new version, and the old one stays. The term only ever moves to a later day.',
  tabs: { proposed: 'Waiting', agreed: 'Confirmed', refused: 'Not confirmed' },
  none: {
    proposed: { title: 'No correction waits', text: 'Propose one on a record’s page; what waits for another person stands here.' },
    agreed: { title: 'No correction was confirmed', text: 'Corrections stand here once they are confirmed.' },
    refused: { title: 'No correction was refused', text: 'What was refused or taken back stands here.' },
  },
  ofRecord: 'Record',
  columns: { record: 'Record', fields: 'What changes', by: 'Proposed by', at: 'Proposed at', state: 'State' },
  states: { proposed: 'waits', agreed: 'confirmed', refused: 'not confirmed' },
  own: 'proposed by you',
  all: 'All corrections',
  history: 'Corrections',
  one: {
    title: 'Correction: {title}',
    facts: {
      record: 'Record',
      reason: 'What was verified',
      request: 'Client’s request',
      by: 'Proposed by',
      at: 'Proposed at',
      decided: 'Answered by',
      decidedAt: 'Answered at',
    },
    changes: 'As it stands, and as corrected',
    shown: 'Looking at a correction is looking at content; it is on record.',
    columns: { what: 'What', old: 'As it stands', next: 'As corrected' },
    empty: '(nothing)',
    ownNote: 'You proposed it; another person confirms it. You may take it back.',
    agree: 'Confirm the correction',
    agreeTitle: 'Confirm the correction',
    agreeLead: 'The record gets a new version with {count} changes, and is found by it. The old version stays. It cannot be undone, only corrected again.',
    refuse: 'Do not agree',
    takeBack: 'Take back',
  },
  form: {
    title: 'Correct: {title}',
    lead: 'Put right what is wrong and leave the rest; an emptied field is removed. Opening this page is on record as looking at content. Number, source, classification and sensitivity are not corrected here.',
    reason: 'What is wrong, and how it was verified',
    submit: 'Propose the correction',
    sections: { times: 'Times', about: 'About', client: 'Client', staff: 'Staff', course: 'Course and result', feedback: 'Feedback' },
  },
};
