/** Why a file has no text. A closed set; texts stand in the phrase files under `extract.reasons`. */
export const NO_TEXT = [
  'unsupported',
  'encrypted',
  'damaged',
  'too_large',
  'too_slow',
  'too_much_memory',
  'too_much_text',
  'needs_ocr',
  'empty',
  'failed',
] as const;
export type NoText = (typeof NO_TEXT)[number];

/** What is said beside the text. Texts stand in the phrase files under `extract.notes`. */
export const NOTES = ['macro', 'embedded', 'partly_damaged'] as const;
export type Note = (typeof NOTES)[number];
