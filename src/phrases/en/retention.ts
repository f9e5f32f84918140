import type { Phrases } from '../types.js';
import type { retention as zh } from '../zh/retention.js';

export const retention: Phrases<typeof zh> = {
  keptUntil: 'Kept until the end of {until} under “{rule}” (retention schedule {version}).',
  period: { years: '{n} {n|year|years}', months: '{n} {n|month|months}', permanent: 'permanently' },
  trigger: { closing: 'the day of closing', last_contact: 'the day of the last contact with the client', event: 'the day of the event named by the rule' },
  reason: {
    decides: '“{rule}”: {period} from {trigger} ({anchor}, that day not counted), ending on {until}; the longest of the rules that apply.',
    also: '“{rule}” applies too: {period} from {trigger} ({anchor}), ending on {until}.',
    monthEnd: 'The month in which the term ends has no such day, so its last day, {until}, counts.',
    specialAsked: 'A longer term was asked for; until the records manager confirms it, it has no effect.',
    minimum: 'Destruction before the end of {day} is refused, under “{rule}”: {basis}.',
    maximum: 'Kept until {day} at the latest; keeping it longer is reported.',
    extended: 'Extended after appraisal: {period} in all from the original day {anchor}, ending on {until}.',
    kept: 'Kept permanently after appraisal, on the basis of: {basis}.',
    signed: 'An appraisal signed a later day, {until}, than the schedule now comes to; no version of a schedule takes back what was signed.',
    promised: 'An earlier decision named a later day, {until}; a change of the record shortens no term, so that day stands.',
    held: '{count} {count|hold forbids|holds forbid} any disposition until lifted.',
    overMaximum: 'The longest term ended on {day}.',
  },
};
