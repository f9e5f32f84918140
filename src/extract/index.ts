export { createExtractor, type Extractor } from './extractor.js';
export { DEFAULT_LIMITS, type Extracted, type ExtractInput, type ExtractLimits, type ExtractResult } from './types.js';
export { type Note, NO_TEXT, NOTES, type NoText } from './values.js';
