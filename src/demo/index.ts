export { demoRecords } from './demo-records.js';
export type { DemoFile, DemoOptions, DemoRecord } from './demo-records.js';
export { loadDemo } from './load-demo.js';
export type { DemoDeps, DemoInput, DemoLoaded } from './load-demo.js';
export { MORE_DEPARTMENTS } from './people.js';
