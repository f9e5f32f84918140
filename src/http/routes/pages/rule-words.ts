import type { Condition } from '../../../classification/index.js';
import { phrasesFor, say, type Lang } from '../../../phrases/index.js';
import { scheduleChanges, schemeChanges, type MoreRuleKind, type RuleChange, type RuleFile, type RuleKind } from '../../../records/index.js';
import { periodText, type Schedule } from '../../../retention/index.js';
import type { HttpDeps } from '../../deps.js';
import { conditionText } from './policies-text.js';

type Named = { title?: Record<Lang, string> } & Partial<Record<Lang, string>>;

/** What the part is called in the version that has it; its code where it has no name. */
function nameOf(lang: Lang, change: RuleChange, titles: ReadonlyMap<string, string>): string {
  const value = (change.kind === 'removed' ? change.before : change.after) as Named | undefined;
  const own = change.kind === 'changed' ? undefined : (value?.title?.[lang] ?? value?.[lang]);
  return own ?? titles.get(`${change.part} ${change.id}`) ?? change.id;
}

/** A value in words: texts in the reader's language, periods, conditions and codes by their names. */
function valueText(lang: Lang, field: string, value: unknown): string {
  const t = phrasesFor(lang);
  if (value === undefined || value === null) return '—';
  if (field === 'sensitivity') return t.values.sensitivity[value as keyof typeof t.values.sensitivity];
  if (Array.isArray(value)) return value.map((one) => valueText(lang, '', one)).join(' · ') || '—';
  if (typeof value !== 'object') return JSON.stringify(value).replace(/^"|"$/g, '');
  if ('years' in value && 'months' in value) return periodText(value as { years: number; months: number }, lang);
  if ('zh' in value && 'en' in value) return (value as Record<Lang, string>)[lang];
  if (field === 'match' || field === 'when' || field === 'appliesWhen') return conditionText(lang, value as Condition);
  return Object.entries(value)
    .map(([name, one]) => `${name} ${valueText(lang, name, one)}`)
    .join(', ');
}

function changeWords(lang: Lang, change: RuleChange, titles: ReadonlyMap<string, string>): string {
  const t = phrasesFor(lang).pages.policies.ruleChanges;
  const part = say(t.parts[change.part], { name: nameOf(lang, change, titles) });
  if (change.kind !== 'changed') return say(t[change.kind], { part });
  const fields: Readonly<Record<string, string>> = t.fields;
  return say(t.changed, {
    part,
    field: fields[change.field] ?? change.field,
    before: valueText(lang, change.field, change.before),
    after: valueText(lang, change.field, change.after),
  });
}

/** What one version of a schedule changes against another, in sentences. */
export function scheduleWords(lang: Lang, before: Schedule, after: Schedule): string[] {
  const titles = new Map([...before.rules, ...after.rules].map((one) => [`rule ${one.id}`, one.title[lang]]));
  return scheduleChanges(before, after).map((change) => changeWords(lang, change, titles));
}

/** What a waiting version of scheme or schedule changes against the one in force, in sentences. */
export function ruleChangeWords(deps: HttpDeps, lang: Lang, kind: RuleKind, name: string): string[] {
  if (kind !== 'scheme' && kind !== 'schedule') return fileChangeWords(deps, lang, kind, name);
  if (kind === 'schedule') return scheduleWords(lang, deps.rules.schedules.newest, deps.rules.schedules.get(name));
  const titles = new Map<string, string>();
  const [before, after] = [deps.rules.schemes.newest, deps.rules.schemes.versions.find((one) => one.name === name)];
  if (!after) return [];
  for (const scheme of [before, after]) {
    for (const [id, one] of Object.entries(scheme.serviceTypes)) titles.set(`type ${id}`, one.title[lang]);
    for (const [id, one] of Object.entries(scheme.forms)) titles.set(`form ${id}`, one.title[lang]);
    for (const [id, one] of Object.entries(scheme.purposes)) titles.set(`purpose ${id}`, one[lang]);
    for (const one of scheme.filingScope.rules) titles.set(`scope ${one.id}`, one.title[lang]);
  }
  return schemeChanges(before, after).map((change) => changeWords(lang, change, titles));
}

/** Every value of a rule file by its path. */
function valuesOf(value: unknown, path: string, into: Map<string, unknown>): Map<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    for (const [name, one] of Object.entries(value)) valuesOf(one, path === '' ? name : `${path}.${name}`, into);
  else into.set(path, value);
  return into;
}

/** What a waiting version of another rule file changes: each value that differs, by its path in the file. */
function fileChangeWords(deps: HttpDeps, lang: Lang, kind: MoreRuleKind, name: string): string[] {
  const t = phrasesFor(lang).pages.policies.ruleChanges;
  const files: Record<MoreRuleKind, readonly RuleFile[]> = {
    signals: deps.reports.signalRules.versions,
    calendar: deps.reports.calendars.versions,
    oversight: deps.reports.oversightRules.versions,
    disposition: deps.disposition.dispositionVersions,
  };
  const versions = files[kind];
  const after = versions.find((one) => one.name === name);
  if (!after) return [];
  const [was, is] = [deps.rules.acting(kind, versions), after].map((one) => valuesOf(one, '', new Map()));
  const paths = [...new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])])].filter((path) => path !== 'digest' && path !== 'name' && path !== 'version');
  const text = (value: unknown): string =>
    value === undefined ? '—' : Array.isArray(value) ? value.map((one) => valueText(lang, '', one)).join(' · ') : valueText(lang, '', value);
  return paths
    .filter((path) => JSON.stringify(was?.get(path)) !== JSON.stringify(is?.get(path)))
    .map((path) => say(t.changed, { part: t.parts.general, field: path, before: text(was?.get(path)), after: text(is?.get(path)) }));
}
