import type { Phrases } from '../types.js';
import type { oversight as source } from '../zh/audit-oversight.js';

export const oversight: Phrases<typeof source> = {
  'signals.in_force': 'put signal rules in force',
  'signals.propose': 'Proposed new signal rules',
  'signals.agree': 'Approved signal rules',
  'signals.refuse': 'Refused signal rules',
  'signals.withdraw': 'Withdrew signal rules',
  'signals.record': 'Put older signal rules on record',
  'calendar.in_force': 'put a working calendar in force',
  'calendar.propose': 'Proposed a new working calendar',
  'calendar.agree': 'Approved a working calendar',
  'calendar.refuse': 'Refused a working calendar',
  'calendar.withdraw': 'Withdrew a working calendar',
  'calendar.record': 'Put an older working calendar on record',
  'signal.look': 'Looked through a day of readings',
  'signal.raise': 'Raised a signal',
  'signal.list': 'Listed signals',
  'signal.view': 'Viewed a signal',
  'case.open': 'Opened a case',
  'case.list': 'Listed cases',
  'case.view': 'Viewed a case',
  'case.assign': 'Assigned a case',
  'case.note': 'Wrote a note in a case',
  'case.close': 'Closed a case',
  'case.refused': 'Refused work on a case',
};
