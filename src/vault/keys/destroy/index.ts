export { destroyKeks, type DestructionCause, forgetKeys, nameForDestruction, rewrapSurvivors, snapshotKeys } from './steps.js';
export { KEY_DESTRUCTION_STATES, type KeyDestruction, type KeyDestructionState, findDestruction } from './store.js';
