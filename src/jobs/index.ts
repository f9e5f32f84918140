export { createJobs } from './jobs.js';
export type { Jobs, JobsOptions } from './jobs.js';
export { migrateJobs } from './migrate.js';
export { checkPayload } from './payload.js';
export { queueStatus } from './store.js';
export type { QueueRow } from './store.js';
export type { AddOptions, JobContext, JobPayload, Task, Tasks } from './types.js';
