import type { Phrases } from '../types.js';
import type { grantActs as zh } from '../zh/grants-audit.js';

export const grantActs: Phrases<typeof zh> = {
  'grant.issue': 'Gave a grant',
  'grant.records': 'Named the records of a grant',
  'grant.revoke': 'Revoked a grant',
  'grant.return': 'Handed a grant back',
  'grant.expire': 'Ended a grant whose time was over',
  'grant.list': 'Looked at grants',
  'grant.view': 'Looked at a grant',
  'grant.refused': 'Was refused an act on a grant',
  'reading.emergency': 'Took an emergency reading',
  'reading.confidential': 'Told compliance of a confidential reading',
  'reading.review': 'Reviewed an emergency reading',
  'reading.confidential_list': 'Looked at the confidential readings',
  'standing.bootstrap': 'Put the shipped standing rules in force',
  'standing.propose': 'Proposed a standing rule',
  'standing.see': 'Saw a proposed standing rule',
  'standing.agree': 'Agreed to a standing rule',
  'standing.confirm': 'Confirmed a standing rule',
  'standing.refuse': 'Refused a standing rule',
  'standing.end': 'Ended a standing rule',
  'standing.list': 'Looked at the standing rules',
  'standing.refused': 'Was refused an act on a standing rule',
};
