export { endStandingRule, listStandingRules, STANDING_SHOWN } from './rules.js';
export { startStandingRules } from './start.js';
export { standingRuleFor } from './store.js';
