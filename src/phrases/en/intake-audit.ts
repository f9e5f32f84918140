import type { Phrases } from '../types.js';
import type { intakeActs as zh } from '../zh/intake-audit.js';

export const intakeActs: Phrases<typeof zh> = {
  'record.receive': 'Received a record',
  'record.capture': 'Took a record in',
  'record.announce': 'Announced records that are about to be stored',
  'record.finish_announced': 'Finished what a crash had left announced',
  'record.archive': 'Archived a record',
  'record.arrange': 'Arranged a record',
  'record.complete': 'Completed a description',
  'record.waiting': 'Viewed the list to be arranged',
  'record.work': 'Viewed the work of arranging',
  'record.send_back': 'Sent a record back',
};
