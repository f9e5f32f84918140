import { addPeriod, compareDays, formatDay, parseDay, type Period } from '../../classification/index.js';
import type { Reason } from '../../retention/index.js';
import { FOREVER } from './values.js';

/** A record's term as the catalogue keeps it. */
export interface StoredTerm {
  until: string;
  maximum: string | null;
  reasons: readonly Reason[];
}

export type Extended = { until: string; reasons: Reason[] } | { refused: 'not_longer' | 'beyond_maximum' };

/**
 * The term anew, counted from the original anchor, as `decide` counts an extension (pure). It must end later than now and
 * not beyond the maximum.
 */
export function extendTerm(term: StoredTerm, period: Period): Extended {
  const rule = term.reasons.find((one) => one.code === 'rule' && one.decides);
  if (rule?.code !== 'rule') return { refused: 'not_longer' };
  const until = addPeriod(parseDay(rule.anchor), period);
  if (compareDays(until, parseDay(term.until)) <= 0) return { refused: 'not_longer' };
  if (term.maximum !== null && compareDays(until, parseDay(term.maximum)) > 0) return { refused: 'beyond_maximum' };
  const extension: Reason = { code: 'extended', period, anchor: rule.anchor, until: formatDay(until) };
  return { until: formatDay(until), reasons: withExtension(term.reasons, extension) };
}

/** The derivation with what an appraisal gave, where `decide` puts it: before the minimum. What is kept for good has no longest term. */
export function withExtension(reasons: readonly Reason[], extension: Reason): Reason[] {
  const others = reasons
    .filter((one) => !['extended', 'kept', 'signed', 'promised', 'over_maximum'].includes(one.code))
    .map((one) => (one.code === 'maximum' && extension.code === 'kept' ? { ...one, day: FOREVER } : one));
  const at = others.findIndex((one) => one.code === 'minimum');
  return at < 0 ? [...others, extension] : [...others.slice(0, at), extension, ...others.slice(at)];
}
