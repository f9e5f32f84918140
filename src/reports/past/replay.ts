import type { LogItem } from '../../audit/index.js';
import { GRANT_STEPS } from './grants.js';
import { PEOPLE_STEPS } from './people.js';
import { RECORD_STEPS } from './record.js';
import { RULE_STEPS } from './rules.js';
import type { Past, Step, Touched } from './state.js';

const STEPS: Readonly<Record<string, Step>> = { ...PEOPLE_STEPS, ...RULE_STEPS, ...GRANT_STEPS, ...RECORD_STEPS };

/** Acts of people and rules: they count whatever is asked. */
export const BASIS_ACTS = [...Object.keys(PEOPLE_STEPS), ...Object.keys(RULE_STEPS)];
export const GRANT_ACTS = ['grant.issue', 'grant.return', 'grant.revoke', 'grant.expire'];
export const RECORD_ACTS = Object.keys(RECORD_STEPS);

/** Takes one entry into what is known of the past; entries come in the order of the log. Refused acts change nothing. */
export function replay(past: Past, item: LogItem): Touched {
  const step = Object.hasOwn(STEPS, item.entry.act) ? STEPS[item.entry.act] : undefined;
  return step === undefined || item.entry.decision !== 'allow' ? 'none' : step(past, item);
}
