import type { Phrases } from '../../types.js';
import type { gate as zh } from '../../zh/pages/gate.js';

export const gate: Phrases<typeof zh> = {
  signOn: {
    button: 'Sign in with the company account',
    or: 'or',
    provider: 'single sign-on',
    signedOut: {
      title: 'Signed out',
      text: 'Your session here has ended; now the one of your company account ends.',
      go: 'End the session of the company account',
    },
  },
  signIn: {
    title: 'Sign in',
    lead: 'Service records, kept safe; every reading on record',
    username: 'User name',
    password: 'Password',
    submit: 'Sign in',
    haveInvitation: 'I have an invitation',
    note: 'There is no default password. The system administrator makes accounts; if you forgot your password, ask for a new invitation.',
  },
  claim: {
    title: 'Claim an invitation',
    lead: 'An invitation works once, within 24 hours.',
    token: 'Invitation',
    name: 'Your name',
    username: 'User name',
    usernameHint: 'lower-case letters, digits, dots and hyphens; to sign in with',
    password: 'Choose a password',
    passwordHint: 'at least {min} characters; a sentence you remember is safer than a few odd signs',
    again: 'The password again',
    submit: 'Claim and set the password',
    forRole: 'The role this invitation gives: {role}',
  },
  password: { title: 'Change the password', now: 'Present password', next: 'New password', again: 'The new password again', submit: 'Change the password' },
  setUp: {
    title: 'Set-up',
    lead: 'Nothing is taken in before the three administrators are here.',
    waiting: 'waiting to be claimed',
    claimed: 'claimed',
    claimedAt: 'claimed {time}',
    validUntil: 'valid until {time}',
    expired: 'The invitation has expired: start the server again to get a new one.',
    where: 'The server printed the three invitations in its terminal at the first start. Three different people must claim them.',
    staffing: 'The chosen profile “{profile}” needs at least {count} {count|person|people}',
    duty: 'Duty',
    by: 'May be filled by',
    closed: 'Set-up is complete; this way in is closed for good.',
    claim: 'Claim an invitation',
  },
  error: { home: 'Go home', onSite: 'Back to the reading on site', signIn: 'Sign in', again: 'Try again', forSupport: 'If you need help, give support these two:' },
};
