export { digestText, itemDigest, REGISTER_FORMAT, registerDigest } from './digest.js';
export type { ItemFacts, RegisterItem } from './digest.js';
export { ITEM_STATES, itemMoves, moveRegister, named, REGISTER_STATES, staffed, STOPPABLE, VOIDABLE } from './states.js';
export type { ItemState, RegisterEvent, RegisterFlow, RegisterOutcome, RegisterState, RegisterStep, Supervisor } from './states.js';
