import type { Condition } from '../../../classification/index.js';
import { phrasesFor, type Lang } from '../../../phrases/index.js';
import { periodText, type Schedule } from '../../../retention/index.js';
import type { PoliciesModel } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import type { RequestContext } from '../../route.js';

/** Value sets by the name of the field that holds them. */
const SETS = { serviceType: 'serviceType', channel: 'channel', clientType: 'clientType', sensitivity: 'sensitivity', medium: 'medium' } as const;

function fieldText(lang: Lang, path: string): string {
  const { fields, pages } = phrasesFor(lang);
  const texts: Readonly<Record<string, string>> = { ...pages.policies.conditionFields, ...fields };
  return texts[path.replaceAll('.*', '')] ?? path;
}

function valueText(lang: Lang, field: string, value: unknown): string {
  const set = Object.hasOwn(SETS, field) ? (phrasesFor(lang).values[SETS[field as keyof typeof SETS]] as Readonly<Record<string, string>>) : {};
  const words: Readonly<Record<string, string>> = { ...phrasesFor(lang).pages.policies.conditionValues, ...set };
  return words[String(value)] ?? String(value);
}

/** A condition in words: fields and values by their names; codes that have none stay as they are. */
export function conditionText(lang: Lang, when: Condition): string {
  const { common } = phrasesFor(lang);
  if ('all' in when) return when.all.map((one) => conditionText(lang, one)).join(' + ');
  if ('any' in when) return when.any.map((one) => conditionText(lang, one)).join(' / ');
  if ('in' in when) return `${fieldText(lang, when.field)}${common.colon}${when.in.map((one) => valueText(lang, when.field, one)).join(' · ')}`;
  return fieldText(lang, when.field);
}

type Part = Omit<PoliciesModel, 'kind' | 'refused' | 'versions'>;

export function schemePart(deps: HttpDeps, { lang }: RequestContext): Part {
  const scheme = deps.records.schemes.newest;
  const purpose = (code: string): string => scheme.purposes[code]?.[lang] ?? code;
  return {
    scheme: {
      title: scheme.title[lang],
      code: scheme.archivalCode.pattern,
      types: Object.entries(scheme.serviceTypes).map(([type, one]) => ({
        type,
        class: one.class,
        sensitivity: one.sensitivity,
        purposes: one.purposes.map(purpose),
        required: (scheme.forms[one.form]?.required ?? []).map(({ field, oneOf }) =>
          (field === undefined ? (oneOf ?? []) : [field]).map((path) => fieldText(lang, path)).join(' / '),
        ),
      })),
      scope: scheme.filingScope.rules.map((rule) => ({ title: rule.title[lang], decision: rule.decision })),
    },
  };
}

export function schedulePart(deps: HttpDeps, { lang }: RequestContext): Part {
  return { schedule: scheduleRows(deps.records.schedules.newest, lang) };
}

/** A schedule as its table shows it. */
export function scheduleRows(schedule: Schedule, lang: Lang): NonNullable<Part['schedule']> {
  const triggers = phrasesFor(lang).retention.trigger;
  return {
    title: schedule.title[lang],
    rules: schedule.rules.map((rule) => ({
      id: rule.id,
      title: rule.title[lang],
      match: conditionText(lang, rule.match),
      period: periodText(rule.period, lang),
      minimum: periodText(rule.minimum, lang),
      maximum: periodText(rule.maximum, lang),
      trigger: triggers[rule.trigger.on],
      basis: rule.basis.map((one) => one[lang]).join(lang === 'zh' ? '；' : '; '),
      owner: rule.owner[lang],
    })),
  };
}
