import { phrasesFor } from '../phrases/index.js';
import type { Lang } from '../phrases/index.js';
import type { Act, Scope } from './acts.js';
import type { Role } from './roles.js';

/** What an act is called. An act without a text does not compile. */
export function actText(lang: Lang, act: Act): string {
  return phrasesFor(lang).access.acts[act];
}

export function roleText(lang: Lang, role: Role): string {
  return phrasesFor(lang).access.roles[role];
}

export function scopeText(lang: Lang, scope: Scope): string {
  return phrasesFor(lang).access.scopes[scope];
}
