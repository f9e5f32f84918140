import { phrasesFor } from '../phrases/index.js';
import type { HttpDeps } from './deps.js';

const own = <T>(texts: Readonly<Record<string, T>>, code: string): T | undefined => (Object.hasOwn(texts, code) ? texts[code] : undefined);

/** A purpose by its code: in the words of the newest scheme, or what the archive itself reads for; a code that is neither stands for itself. */
export function purposeNames(deps: Pick<HttpDeps, 'records'>, code: string): { zh: string; en: string } {
  const known = own(deps.records.schemes.newest.purposes, code);
  const itself = (lang: 'zh' | 'en'): string => own<string>(phrasesFor(lang).audit.ownPurposes, code) ?? code;
  return known ?? { zh: itself('zh'), en: itself('en') };
}
