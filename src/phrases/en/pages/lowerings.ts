import type { Phrases } from '../../types.js';
import type { lowerings as zh } from '../../zh/pages/lowerings.js';

export const lowerings: Phrases<typeof zh> = {
  title: 'Lower sensitivities to agree to',
  lead: 'A sensitivity is lowered once a second person agrees: another records clerk or the records manager. Raising it acts at once.',
  columns: { record: 'Record', from: 'Now', to: 'Proposed', by: 'Proposed by', at: 'Proposed at' },
  own: 'you',
  none: { title: 'Nothing to agree to', text: 'Once somebody proposes to lower the sensitivity of a record, it stands here.' },
};
