export * from './appraisal/index.js';
export * from './holds/index.js';
export * from './due/index.js';
export * from './register/index.js';
export * from './execution/index.js';
export * from './logs/index.js';
