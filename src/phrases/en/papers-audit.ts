import type { Phrases } from '../types.js';
import type { papersActs as zh } from '../zh/papers-audit.js';

export const papersActs: Phrases<typeof zh> = {
  'certificate.issue': 'Issued a certificate',
};
