export type { HttpDeps } from './deps.js';
export { presentDerivation } from './routes/terms.js';
export { scheduleWords } from './routes/pages/rule-words.js';
export { allRoutes } from './routes/index.js';
export { createApp, listen, type Listening } from './server.js';
