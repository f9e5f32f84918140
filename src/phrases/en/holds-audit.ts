import type { Phrases } from '../types.js';
import type { holdActs as zh } from '../zh/holds-audit.js';

export const holdActs: Phrases<typeof zh> = {
  'hold.set': 'Set a disposal hold',
  'hold.propose': 'Proposed a disposal hold',
  'hold.freeze': 'Froze records for 72 hours',
  'hold.accept': 'Accepted a proposed hold',
  'hold.decline': 'Declined a proposed hold',
  'hold.lift_propose': 'Proposed to lift a hold',
  'hold.lift': 'Confirmed the lifting of a hold',
  'hold.lift_refuse': 'Did not agree to lift a hold',
  'hold.lapse': 'Let a freeze lapse',
  'hold.keep': 'Reviewed a hold',
  'hold.remind': 'Reminded of the review of a hold',
  'hold.list': 'Looked at the list of holds',
  'hold.view': 'Looked at a hold',
  'hold.preview': 'Previewed what a hold would take',
  'hold.export': 'Exported the records of a hold',
  'hold.refused': 'Was refused an act on a hold',
  'hold.objects': 'Set and lifted legal holds in the store',
  'hold.objects_differ': 'Found legal holds in the store that differ',
  'hold.check': 'Checked the holds',
  'record.hold': 'Put a record under a hold',
  'record.unhold': 'Let a record go from a hold',
};
