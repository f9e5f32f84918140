export type { HttpDeps } from './deps.js';
export { allRoutes } from './routes/index.js';
export { createApp, listen, type Listening } from './server.js';
