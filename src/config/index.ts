export { collectGarbage, freeBuffersAtOnce } from './collect.js';
export { envExample } from './example.js';
export { isLoopback, loadConfig } from './load.js';
export type { Config, Environment } from './load.js';
export { createLogger, describeError, silentLogger } from './log.js';
export type { LogFacts, Logger } from './log.js';
export { QUARTER, workCalendar } from './work-calendar.js';
export type { DayExceptions, WorkCalendar } from './work-calendar.js';
export { readYaml } from './yaml.js';
