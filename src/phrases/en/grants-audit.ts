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
  'standing.bootstrap': 'Put the shipped standing rules in force',
  'standing.text': 'Put the text of a standing rule on record',
  'standing.propose': 'Proposed a standing rule',
  'standing.agree': 'Agreed to a standing rule',
  'standing.confirm': 'Countersigned a standing rule and put it in force',
  'standing.refuse': 'Refused a standing rule',
  'standing.refused': 'Was refused an act on a standing rule',
  'standing.view': 'Looked at a standing rule',
  'standing.expire': 'Ended a standing rule whose time was over',
  'standing.remind': 'Reminded that a standing rule ends soon',
  'standing.end': 'Ended a standing rule',
  'standing.list': 'Looked at the standing rules',
};
