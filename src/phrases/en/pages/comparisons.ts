import type { Phrases } from '../../types.js';
import type { comparisons as zh } from '../../zh/pages/comparisons.js';

export const comparisons: Phrases<typeof zh> = {
  title: 'Compare with an old system',
  one: 'Comparison with',
  lead: 'While an old system goes on beside the archive, compare its exports day by day, both ways: what is only here, only there, or different is listed. Neither side is changed.',
  new: 'Compare an export',
  newLead: 'The file waits sealed while it is compared and is removed afterwards; counts and the service numbers that differ stay.',
  none: { title: 'Nothing compared yet', text: 'Upload what the old system exported for one day or several to see how the two sides differ.' },
  columns: { system: 'Source system', state: 'Result', exported: 'Exported', at: 'Compared', kind: 'Difference' },
  span: 'closed from {from} to {to}',
  states: { running: 'Comparing', done: 'Done', failed: 'Not completed' },
  even: 'both sides agree',
  uneven: 'differences',
  equal: 'Equal',
  kinds: { only_in_archive: 'Only here', only_in_source: 'Only there', different: 'Different', unreadable: 'Not comparable' },
  leads: {
    only_in_archive: 'In the archive but not in the export: perhaps deleted in the old system, or outside the days of the export.',
    only_in_source: 'In the export but not in the archive: not archived yet; Import can take them in.',
    different: 'On both sides, but not alike: changed in the old system after archiving, or archived with another mapping.',
    unreadable: 'Rows of the export that cannot be read, for the same reasons as an import rejects them.',
  },
  all: 'All differences',
  differences: 'Differences',
  noDifference: 'Both sides agree; nothing differs.',
  noneOfKind: 'No difference of this kind.',
  leave: 'You may leave this page and come back later from “Compare with an old system”.',
  failed: {
    title: 'The comparison did not come to its end. Neither side was changed.',
    reasons: {
      interrupted: 'The program stopped meanwhile and the waiting file was removed. Please upload it again.',
      unavailable: 'The program stopped meanwhile and the waiting file was removed. Please upload it again.',
      import_refused: 'The file is broken half-way. Please export and upload it again.',
      other: 'Something went wrong meanwhile. Please upload it again; if it fails again, tell the system administrator.',
    },
  },
  form: {
    system: 'Source system',
    systemHint: 'The code of the source system under which its records are archived, for example crm-east',
    from: 'Closed from',
    to: 'to (included)',
    file: 'Export of the old system',
    submit: 'Upload and compare',
  },
};
