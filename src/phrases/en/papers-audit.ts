import type { Phrases } from '../types.js';
import type { papersActs as zh } from '../zh/papers-audit.js';

export const papersActs: Phrases<typeof zh> = {
  'certificate.issue': 'Issued a certificate',
  'record.print_catalogue': 'Printed a catalogue of archived items',
  'schedule.print': 'Printed a retention schedule',
  'record.print_note': 'Printed a file note',
  'copy.certify': 'Made a certified copy',
  'copy.list': 'Looked at the certified copies of an application',
  'copy.fetch': 'Fetched a certified copy',
  'copy.refused': 'A certified copy was refused',
};
