import type { Phrases } from '../../types.js';
import type { changes as zh } from '../../zh/pages/changes.js';

export const changes: Phrases<typeof zh> = {
  title: 'Changes to see',
  lead: 'A change of roles, rules or standing rules acts only after the audit administrator has seen it and a second person has countersigned. Having seen it is no approval; one unseen for more than {hours} hours is put in front again, it never acts by itself.',
  columns: { kind: 'Kind', what: 'Change', by: 'Proposed by', at: 'Proposed at', see: 'Seen' },
  kinds: {
    role: 'role',
    policy: 'access rules',
    scheme: 'scheme',
    schedule: 'schedule',
    standing: 'standing rule',
    signals: 'signal rules',
    calendar: 'working calendar',
    disposition: 'rules of appraisal and destruction',
    oversight: 'rules of sampling and accounts',
  },
  what: {
    role: 'gives {name} the role {role}',
    policy: 'new version {version} of the access rules',
    file: 'new version {name}',
    standing: 'standing rule {rule}',
  },
  found: 'changed rule file',
  overdue: 'waits too long',
  see: 'I have seen it',
  none: { title: 'No change to see', text: 'Once somebody proposes to change roles, rules or standing rules, it stands here first.' },
  unseen: 'the audit administrator sees it first',
};
