export { collectGarbage } from './collect.js';
export { envExample } from './example.js';
export { isLoopback, loadConfig } from './load.js';
export type { Config, Environment } from './load.js';
export { createLogger, describeError, silentLogger } from './log.js';
export type { LogFacts, Logger } from './log.js';
export { readYaml } from './yaml.js';
