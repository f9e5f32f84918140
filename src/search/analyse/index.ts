export { fold, foldWithPlaces } from './fold.js';
export { ANALYSIS, isOneToken, needle, pairsOf, runsOf, signsOf, spaced, tokensOf, tokensOfPhrase, WORD_LENGTH } from './tokens.js';
export type { Run } from './tokens.js';
export { droppedForms, FORGIVEN_LENGTH, isForgiven, withinOneTypo } from './typos.js';
