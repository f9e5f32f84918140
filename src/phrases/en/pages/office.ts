import type { Phrases } from '../../types.js';
import type { departments as zhDepartments, sessions as zhSessions, tokens as zhTokens } from '../../zh/pages/office.js';

export const departments: Phrases<typeof zhDepartments> = {
  lead: 'Department codes stand in records and rules and never change once made; names may.',
  columns: { code: 'Code', zh: 'Chinese name', en: 'English name', kind: 'Kind', state: 'State' },
  new: 'Add a department',
  form: {
    code: 'Code',
    codeHint: 'letters, digits, hyphens, underscores; at most 40',
    nameZh: 'Chinese name',
    nameEn: 'English name',
    isArchive: 'This is the archive',
    submit: 'Add',
  },
  change: 'Rename',
  changeLead: 'Changes names and kind; the code stays.',
  close: 'Close',
  closeLead: 'It takes no more people; its records keep the code. A department that people still belong to cannot be closed.',
  open: 'open',
};

export const tokens: Phrases<typeof zhTokens> = {
  lead: 'Other systems archive and find by token, without an account. A token expires, is shown once, and only its digest is stored.',
  columns: { name: 'Purpose', scopes: 'Scopes', department: 'Department', expires: 'Valid until', used: 'Last used', state: 'State' },
  new: 'Issue a token',
  form: {
    name: 'Purpose',
    nameHint: 'for example: daily archiving from the help desk',
    scopes: 'Scopes',
    department: 'Department',
    departmentHint: 'whose records it finds; without one it finds none',
    days: 'Days it is valid',
    submit: 'Issue',
  },
  states: { active: 'valid', revoked: 'revoked', expired: 'expired' },
  never: 'never used',
  secret: 'Token (shown this once)',
  secretLead: 'Save it in the system that uses it now; it is valid until {time}. It goes into the header Authorization: Bearer, followed by the token.',
  revoke: 'Revoke',
  revokeLead: 'The next request with it is refused. It cannot be restored, only issued anew.',
};

export const sessions: Phrases<typeof zhSessions> = {
  lead: 'Where you are signed in. End what you do not recognise at once, and change your password.',
  end: 'End',
  others: 'End all other sessions',
  password: 'Change the password',
};
