import { phrasesFor, type AllPhrases } from '../phrases/index.js';
import { contentDisposition } from './disposition.js';

/** Our own words of a form, in both languages, as our documents print them; the code where there are none for it. */
export function both(pick: (p: AllPhrases) => string | undefined, code = ''): string {
  const [zh, en] = (['zh', 'en'] as const).map((lang) => pick(phrasesFor(lang)) ?? code);
  return zh === en ? (zh ?? code) : `${zh} ${en}`;
}

/** A file that we made, under its name, to be kept. */
export function attached(name: string, type: string): Record<string, string> {
  return { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', 'Content-Disposition': contentDisposition(name, type, 'download') };
}
