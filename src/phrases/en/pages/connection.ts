import type { Phrases } from '../../types.js';
import type { connection as zh } from '../../zh/pages/connection.js';

export const connection: Phrases<typeof zh> = {
  title: 'Single sign-on',
  link: 'How single sign-on fares',
  lead: 'Every session is checked with the provider each {check} minutes; one that cannot be checked ends within {grace} minutes after its check was due.',
  state: 'State',
  working: 'working',
  failing: 'failed last',
  unmapped: 'what its groups mean is still to be approved; nobody can sign on yet',
  issuer: 'Issuer',
  success: 'Last success',
  failure: 'Last failure',
  reason: 'Why it failed',
  never: 'none',
  linked: 'Linked accounts',
  open: 'Open sessions',
};
