import type { Phrases } from '../types.js';
import type { extract as zh } from '../zh/extract.js';

export const extract: Phrases<typeof zh> = {
  reasons: {
    unsupported: 'A file of this kind holds no text that can be searched, or its format is not supported.',
    encrypted: 'The file is protected by a password, so its text cannot be read.',
    damaged: 'The file is damaged, so its text cannot be read.',
    too_large: 'The file is too large; its text was not read.',
    too_slow: 'Reading the text took too long and was stopped.',
    too_much_memory: 'Reading the text took too much memory and was stopped.',
    too_much_text: 'The file unpacks to too much content; reading was stopped.',
    needs_ocr: 'The file is a scan or a picture; it can be searched once its text has been recognised.',
    empty: 'The file holds no text.',
    failed: 'Reading the text failed.',
  },
  notes: {
    macro: 'Holds macros, which are never run.',
    embedded: 'Holds embedded files.',
    partly_damaged: 'Parts of it are damaged; only what is whole was read.',
  },
  truncated: 'The text is too long; only its first part can be searched.',
  ocr: 'The text was recognised from pictures and may hold errors.',
};
