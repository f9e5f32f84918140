import { phrasesFor, say } from '../phrases/index.js';
import type { Lang } from '../phrases/index.js';
import type { Act, Scope } from './acts.js';
import type { PolicyChange } from './changes.js';
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

/** A change of the rules in a sentence, for whoever approves it. */
export function changeText(lang: Lang, change: PolicyChange): string {
  const texts = phrasesFor(lang).access.policies.changes;
  switch (change.kind) {
    case 'right':
      return say(texts.right[change.shift], { role: roleText(lang, change.role), act: actText(lang, change.act) });
    case 'rule':
      return say(texts.rule, { role: roleText(lang, change.role), rule: change.rule });
    case 'profile':
      return texts.profile[change.part];
    case 'routing':
      return texts.routing[change.of];
    case 'sign_on':
      return texts.signOn;
  }
}
