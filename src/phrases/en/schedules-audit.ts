import type { Phrases } from '../types.js';
import type { placesOfOversight as zhPlaces, scheduleActs as zh } from '../zh/schedules-audit.js';

export const scheduleActs: Phrases<typeof zh> = {
  'schedule.consent': 'Consented to shorter terms',
  'schedule.impact': 'Reckoned the impact of a schedule',
  'schedule.recompute_start': 'Began to recompute terms',
  'schedule.recompute': 'Recomputed terms of a batch',
  'schedule.recompute_done': 'Finished recomputing terms',
  'record.lock_raise': 'Extended locks in the store',
  'record.event': 'Reported an event that a term counts from',
  'record.explain_term': 'Saw why a record is kept',
  'schedule.impact_list': 'Listed records that a schedule would move',
  'retention.sweep': 'Looked through the archive for due records',
  'retention.due': 'Put records on the due list',
  'retention.not_due': 'Took records off the due list',
  'retention.list': 'Saw the due list',
  'retention.export': 'Exported what is due or kept too long',
  'retention.calendar': 'Saw the calendar of terms',
  'retention.over': 'Saw what is kept too long',
  'retention.remind': 'Reminded a department of records that fall due',
  'retention.reminder_seen': 'Noted a reminder of due records',
};

export const placesOfOversight: Phrases<typeof zhPlaces> = {
  'list:destruction-runs': 'Destructions in progress',
  'list:destruction-certificates': 'Certificates of destruction',
  'list:log-terms': 'terms of the logs',
  'list:log-destructions': 'registers over logs',
  'list:due': 'list of due records',
  'list:over-retained': 'list of what is kept too long',
  'list:signals': 'list of signals',
  'list:cases': 'list of cases',
  'list:samples': 'the samples',
  'list:accounts': 'accounts of leavers and sleepers',
  'list:reports': 'list of compliance reports',
};
