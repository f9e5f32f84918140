export { createJobs } from './jobs.js';
export type { Jobs, JobsOptions } from './jobs.js';
export { migrateJobs } from './migrate.js';
export { checkPayload } from './payload.js';
export type { AddOptions, JobContext, JobPayload, Task, Tasks } from './types.js';
