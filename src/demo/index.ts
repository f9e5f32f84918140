export { demoRecords } from './demo-records.js';
export type { DemoFile, DemoOptions, DemoRecord } from './demo-records.js';
export { MORE_DEPARTMENTS } from './people.js';
