import type { Phrases } from '../../types.js';
import type { deputies as zh } from '../../zh/pages/deputies.js';

export const deputies: Phrases<typeof zh> = {
  title: 'Deputies',
  lead: 'Who decides on applications for you while you are away. A deputy decides on applications by an own role too, and never on his own application or on yours.',
  none: { title: 'No deputy yet', text: 'Name one below before you leave; it ends by itself.' },
  columns: { deputy: 'Deputy', from: 'From', to: 'To', state: 'State', end: 'End' },
  states: { now: 'stands in now', ahead: 'begins later', over: 'over' },
  standIn: 'You stand in for {names} now.',
  name: 'Name a deputy',
  form: { deputy: 'Deputy', from: 'From', to: 'To (that day included)', submit: 'Name' },
  nobody: 'Nobody else may decide on applications.',
  end: { open: 'End early', title: '{name} stands in no longer', lead: 'From now on you decide yourself; what was decided so far stays.', submit: 'End it' },
};
