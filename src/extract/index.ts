export { createExtractor, type Extractor } from './extractor.js';
export { DEFAULT_LIMITS, type Extracted, type ExtractInput, type ExtractLimits, type ExtractResult } from './types.js';
export { type Note, NO_TEXT, NOTES, type NoText } from './values.js';
export { wavHead } from './sound/amr.js';
export { isDecoded, playable, type PlayableSound, SOUND_LIMITS } from './sound/player.js';
export { createPainter, type Painter } from './paint/painter.js';
export { type Box, isPaintable, type NoPage, PAINT_LIMITS, type Painted, type PaintInput, type PaintLimits, type PaintResult } from './paint/types.js';
