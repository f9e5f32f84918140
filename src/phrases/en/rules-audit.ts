import type { Phrases } from '../types.js';
import type { ruleActs as zh } from '../zh/rules-audit.js';

export const ruleActs: Phrases<typeof zh> = {
  'audit.who_could_read': 'Asked who could have read a record',
  'audit.what_could_read': 'Asked what a person could have read',
  'policy.bootstrap': 'Put the first policies in force',
  'scheme.in_force': 'put a classification scheme in force',
  'schedule.in_force': 'put a retention schedule in force',
  'scheme.propose': 'Proposed a new classification scheme',
  'scheme.agree': 'Approved a classification scheme',
  'scheme.refuse': 'Refused a classification scheme',
  'scheme.withdraw': 'Withdrew a classification scheme',
  'scheme.record': 'Put an older classification scheme on record',
  'schedule.propose': 'Proposed a new retention schedule',
  'schedule.agree': 'Approved a retention schedule',
  'schedule.refuse': 'Refused a retention schedule',
  'schedule.withdraw': 'Withdrew a retention schedule',
  'schedule.record': 'Put an older retention schedule on record',
  'policy.text': 'Put the text of the policies on record',
  'policy.propose': 'Proposed a change of policy',
  'policy.agree': 'Agreed to a change of policy',
  'policy.confirm': 'Confirmed a change of policy',
  'policy.activate': 'Put policies in force',
  'policy.refuse': 'Refused a change of policy',
  'policy.withdraw': 'Withdrew a change of policy',
  'policy.view': 'Viewed policies',
  'scheme.view': 'Viewed the scheme',
};
