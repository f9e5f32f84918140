import type { Phrases } from '../../types.js';
import type { browse as zhBrowse, dossier as zhDossier, lateness as zhLateness } from '../../zh/pages/browse.js';

export const browse: Phrases<typeof zhBrowse> = {
  title: 'Repositories',
  lead: 'One repository per service type, shelved by client type and year. Only what you may see is counted.',
  none: { title: 'The repositories are empty', text: 'Once records are archived, they stand here by service type, client type and year.' },
  years: '{from} to {to}',
  year: '{year}',
  perYear: 'Records per year',
  table: 'As a table',
  count: 'Records',
  yearHead: 'Year',
  share: 'Share',
  forms: {
    catalogue: 'Catalogue of items (PDF)',
    note: 'File note',
    noteLead:
      'The file note says how many items there are, from which code to which, and what was corrected, restricted, held or destroyed. Write here what else is to be said; whoever checks signs on the print.',
    noteField: 'How they stand',
    submit: 'Print the file note (PDF)',
  },
  list: '{type} · {client} · {year}',
};

export const dossier: Phrases<typeof zhDossier> = {
  title: 'Client dossier',
  lead: 'Everything done for this client over all channels, on one line of time.',
  none: { title: 'Nothing to see', text: 'There is no record of this client that you may see.' },
  byChannel: 'By channel',
  byType: 'By service type',
  timeline: 'Timeline',
  first: 'First',
  last: 'Last',
  evaluation: 'Mean evaluation',
  channels: 'Channels',
};

export const lateness: Phrases<typeof zhLateness> = {
  title: 'Lateness',
  lead: 'A service is archived as soon as it is closed. Here is what was not.',
  tabs: { late: 'Archived late', not_archived: 'Closed, not archived', return_call: 'No return call' },
  leads: {
    late: 'Records archived more than {hours} {hours|hour|hours} after closing.',
    not_archived: 'What the source says is closed and the archive has not received.',
    return_call: 'A return call was due within 24 hours of closing, and there is none.',
  },
  none: {
    late: 'Nothing was archived late.',
    not_archived: 'Everything the source says is closed is archived.',
    return_call: 'Every return call that was due was made.',
  },
  columns: {
    record: 'Record',
    serviceNo: 'Service number',
    department: 'Department',
    closed: 'Closed',
    archived: 'Archived',
    lag: 'Lag',
    source: 'Source system',
    said: 'Said on',
  },
  departments: 'By department',
  departmentColumns: { total: 'Archived', late: 'Late', median: 'Median lag', p95: '95 % within' },
  outOfScope: 'Outside the filing scope',
  outOfScopeLead: 'What the filing scope keeps out and only counts, in the last {days} {days|day|days}.',
  scopeColumns: { source: 'Source system', reason: 'Reason', count: 'Count' },
  days: 'last {days} {days|day|days}',
  figures: { onTime: 'In time', median: 'Median lag', late: 'Late', notArchived: 'Not archived', returnCall: 'No return call' },
  period: '{from} to {to}',
};
