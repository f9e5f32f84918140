import { phrasesFor, say } from '../phrases/index.js';
import type { Lang } from '../phrases/index.js';
import { isPermanent, type Period } from '../classification/index.js';
import type { Reason, RetentionDecision } from './decide.js';
import type { Schedule } from './schedule.js';

/** A period in words: `3年6个月`, `3 years 6 months`. */
export function periodText(period: Period, lang: Lang): string {
  const { retention } = phrasesFor(lang);
  if (isPermanent(period)) return retention.period.permanent;
  const parts = [
    period.years > 0 ? say(retention.period.years, { n: period.years }) : '',
    period.months > 0 ? say(retention.period.months, { n: period.months }) : '',
  ];
  return parts.filter((part) => part !== '').join(lang === 'zh' ? '' : ' ');
}

/** The derivation as sentences, one per step: kept until … because … (R38). The schedule is that which `decide` was given. */
export function explain(decision: RetentionDecision, schedule: Schedule, lang: Lang): string[] {
  return [sentence(decision, schedule, lang), ...decision.reasons.map((reason) => reasonText(reason, schedule, lang))];
}

/** 保管至 … in one sentence. */
function sentence(decision: RetentionDecision, schedule: Schedule, lang: Lang): string {
  const { retention } = phrasesFor(lang);
  return say(retention.keptUntil, { until: decision.until, rule: ruleTitle(decision.rule, schedule, lang), version: decision.version });
}

function reasonText(reason: Reason, schedule: Schedule, lang: Lang): string {
  const { reason: texts, trigger } = phrasesFor(lang).retention;
  switch (reason.code) {
    case 'rule': {
      const params = {
        rule: ruleTitle(reason.rule, schedule, lang),
        trigger: trigger[reason.trigger],
        anchor: reason.anchor,
        period: periodText(reason.period, lang),
        until: reason.until,
      };
      return say(reason.decides ? texts.decides : texts.also, params);
    }
    case 'month_end':
      return say(texts.monthEnd, { until: reason.until });
    case 'special_asked':
      return texts.specialAsked;
    case 'minimum':
      return say(texts.minimum, { day: reason.day, rule: ruleTitle(reason.rule, schedule, lang), basis: basisOf(reason.rule, schedule, lang) });
    case 'maximum':
      return say(texts.maximum, { day: reason.day });
    case 'extended':
      return say(texts.extended, { period: periodText(reason.period, lang), anchor: reason.anchor, until: reason.until });
    case 'kept':
      return say(texts.kept, { basis: reason.basis });
    case 'signed':
      return say(texts.signed, { until: reason.until });
    case 'promised':
      return say(texts.promised, { until: reason.until });
    case 'held':
      return say(texts.held, { count: reason.count });
    case 'over_maximum':
      break;
  }
  return say(texts.overMaximum, { day: reason.day });
}

function ruleTitle(id: string, schedule: Schedule, lang: Lang): string {
  return schedule.rules.find((rule) => rule.id === id)?.title[lang] ?? id;
}

function basisOf(id: string, schedule: Schedule, lang: Lang): string {
  return (schedule.rules.find((rule) => rule.id === id)?.basis ?? []).map((one) => one[lang]).join(lang === 'zh' ? '；' : '; ');
}
