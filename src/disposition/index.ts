export * from './register/index.js';
