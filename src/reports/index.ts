export type { UsageDeps } from './usage/deps.js';
export { USE_NAMES, USES } from './usage/question.js';
export type { Use, UsageQuestion } from './usage/question.js';
export { exportUsage, listUsage, viewUsage } from './usage/view.js';
export type { Usage } from './usage/view.js';
