import type { Phrases } from '../types.js';
import type { accounts as source } from '../zh/accounts.js';

export const accounts: Phrases<typeof source> = {
  accountState: { invited: 'invited', active: 'active', sleeping: 'asleep', disabled: 'disabled' },
  grantState: { proposed: 'to be countersigned', active: 'in force', refused: 'refused', taken: 'taken back' },
  people: {
    title: 'People',
    empty: 'Nobody here yet. Make departments first, then persons and their accounts.',
    pseudonym: 'name in the audit log',
    lastSignIn: 'last sign-in',
    never: 'never signed in',
    left: 'has left',
    noDepartment: 'no department',
    waitingRoles: 'Roles to be countersigned',
    waitingInvitations: 'New invitations to be countersigned',
  },
  invitation: {
    title: 'Claim an invitation',
    administrator: 'You are invited to be {role}. Give your name and a user name, and set a password.',
    account: '{name}, set a password for the user name “{username}”.',
    expires: 'The invitation is valid until {time} and works once.',
    gone: 'This invitation was used, withdrawn or has expired. Ask whoever sent it for a new one.',
    shownOnce: 'This invitation is shown only this once; hand it to the person.',
    needsSecond: 'This person holds a role: the invitation is valid only after another person countersigns.',
  },
  bootstrap: {
    about: 'new invitations for the administrators that nobody has claimed yet; the old ones are void',
    renewed: 'New invitations; each works once, within 24 hours, and is shown only this once:',
    first:
      'First start: here are the invitations of the three administrators. Each works once, within 24 hours. Three different persons must claim them before anything can be archived.',
    waiting: 'Waiting for administrators to claim their invitations: {roles}. If they have expired, run lantai invitations for new ones.',
    closed: 'All three administrators are in place; the bootstrap is closed for good.',
  },
  password: { hint: 'At least {min} characters; a sentence is fine. No common words, and not the user name.' },
  lockout: { wait: 'Too many failures in a row; try again in {minutes} minutes.' },
  session: {
    title: 'My sessions',
    current: 'this session',
    device: 'device',
    since: 'signed in',
    used: 'last used',
    end: 'sign out',
    everywhere: 'sign out everywhere',
  },
  token: {
    title: 'Tokens of machines',
    shownOnce: 'The token is shown only this once; save it now.',
    expires: 'valid until {time}',
    used: 'last used',
    revoked: 'revoked',
    empty: 'No tokens yet. Other systems archive and find by token.',
  },
  department: { title: 'Departments', isArchive: 'the archive', closed: 'closed', empty: 'No departments yet. Records and rights go by department codes.' },
};
