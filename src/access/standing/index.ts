export { standingCovers, standingTimes } from './covers.js';
export type { AskedByRole } from './covers.js';
export { standingText } from './rule.js';
export type { StandingText } from './rule.js';
export { endStandingRule, listStandingRules, STANDING_SHOWN } from './rules.js';
export { logStandingText, startStandingRules } from './start.js';
export { standingRuleFor } from './store.js';
