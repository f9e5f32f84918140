import type { Params } from './types.js';

const SLOT = /\{(\w+)(?:\|([^|{}]*)\|([^|{}]*))?\}/g;
const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });

/**
 * Fills the slots of a text. `{name}` stands for the value; `{count|record|records}` chooses the word for one or
 * for many, which Chinese never needs. A slot without a value stays visible, so that tests find it.
 */
export function say(text: string, params: Params = {}): string {
  return text.replace(SLOT, (slot, name: string, one?: string, many?: string) => {
    const value = params[name];
    if (value === undefined) return slot;
    if (one !== undefined && many !== undefined) return Number(value) === 1 ? one : many;
    return typeof value === 'string' ? value : grouped.format(value);
  });
}

/** Names of the slots in a text, sorted; both languages of a phrase must offer the same. */
export function slotsOf(text: string): string[] {
  return [...new Set([...text.matchAll(SLOT)].map((match) => match[1] ?? ''))].sort();
}
