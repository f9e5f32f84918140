import type { Scheme } from '../../classification/index.js';
import { canonicalJson } from '../../crypto/index.js';
import { diffSchedules, type Schedule } from '../../retention/index.js';

/** What a rule file is made of, as far as people speak of it. */
export type RulePart = 'general' | 'rule' | 'type' | 'form' | 'purpose' | 'scope';

/** One difference between two versions: a part that came, went, or has another value in one of its fields. */
export interface RuleChange {
  part: RulePart;
  /** Code of the part; `''` for the file as a whole. */
  id: string;
  kind: 'added' | 'removed' | 'changed';
  /** Where it changed. */
  field: string;
  before: unknown;
  after: unknown;
}

type Parts = Map<string, { part: RulePart; id: string; fields: Record<string, unknown> }>;

function partsOf(general: Record<string, unknown>, lists: readonly (readonly [RulePart, Readonly<Record<string, unknown>>])[]): Parts {
  const parts: Parts = new Map([['general', { part: 'general', id: '', fields: general }]]);
  for (const [part, items] of lists)
    for (const [id, fields] of Object.entries(items)) parts.set(`${part} ${id}`, { part, id, fields: fields as Record<string, unknown> });
  return parts;
}

const byId = (items: readonly { id: string }[]): Record<string, unknown> => Object.fromEntries(items.map(({ id, ...rest }) => [id, rest]));

function schemeParts(scheme: Scheme): Parts {
  const { title, owner, archivalCode, sensitivePersonalData, filingScope } = scheme;
  return partsOf({ title, owner, archivalCode, sensitivePersonalData, filingScope: filingScope.default }, [
    ['type', scheme.serviceTypes],
    ['form', scheme.forms],
    ['purpose', scheme.purposes],
    ['scope', byId(filingScope.rules)],
  ]);
}

function differences(before: Parts, after: Parts): RuleChange[] {
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  return keys.flatMap((key): RuleChange[] => {
    const [was, is] = [before.get(key), after.get(key)];
    const { part, id } = (is ?? was) as { part: RulePart; id: string };
    if (!was || !is) return [{ part, id, kind: is ? 'added' : 'removed', field: '', before: was?.fields, after: is?.fields }];
    const fields = [...new Set([...Object.keys(was.fields), ...Object.keys(is.fields)])];
    const text = (value: unknown): string => canonicalJson(value ?? null);
    return fields
      .filter((field) => text(was.fields[field]) !== text(is.fields[field]))
      .map((field) => ({ part, id, kind: 'changed', field, before: was.fields[field], after: is.fields[field] }));
  });
}

/** What a version of the scheme changes against another (pure). Empty exactly when nothing but the version's name differs. */
export function schemeChanges(before: Scheme, after: Scheme): RuleChange[] {
  return differences(schemeParts(before), schemeParts(after));
}

/** What a version of the schedule changes against another, in the same form (pure). */
export function scheduleChanges(before: Schedule, after: Schedule): RuleChange[] {
  const { general, added, removed, changed } = diffSchedules(before, after);
  const whole = ({ id: _id, ...rest }: Schedule['rules'][number]): unknown => rest;
  return [
    ...general.map((one): RuleChange => ({ part: 'general', id: '', kind: 'changed', ...one })),
    ...removed.map((rule): RuleChange => ({ part: 'rule', id: rule.id, kind: 'removed', field: '', before: whole(rule), after: undefined })),
    ...changed.flatMap(({ id, fields }) => fields.map((one): RuleChange => ({ part: 'rule', id, kind: 'changed', ...one }))),
    ...added.map((rule): RuleChange => ({ part: 'rule', id: rule.id, kind: 'added', field: '', before: undefined, after: whole(rule) })),
  ];
}
