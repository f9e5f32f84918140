export type { MeilisearchOptions } from './client.js';
export { createMeilisearch } from './engine.js';
