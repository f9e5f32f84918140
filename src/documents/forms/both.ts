import { phrasesFor } from '../../phrases/index.js';
import type { Both } from '../pdf/sheet.js';

type Texts = ReturnType<typeof phrasesFor>['documents'];

/** A phrase of this module in both languages. */
export function both(pick: (texts: Texts) => string): Both {
  return { zh: pick(phrasesFor('zh').documents), en: pick(phrasesFor('en').documents) };
}

/** `移交人 Handed over by` */
export function label(pick: (texts: Texts) => string): string {
  const { zh, en } = both(pick);
  return `${zh} ${en}`;
}
