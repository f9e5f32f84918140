import type { FieldError } from '../../../errors/index.js';
import { headerKey, type Row } from '../read/row.js';
import { refuseImport } from '../read/source.js';
import { isItems, type ItemsRule, type Mapping, type Rule } from './mapping.js';
import { cell, evaluate, ValueFault, type Surroundings } from './values.js';

/** A draft as the mapping makes it from the rows of one record; still unchecked. */
export interface Built {
  draft: Record<string, unknown>;
  /** Names of the files that belong to it. */
  files: string[];
  faults: FieldError[];
}

export interface Mapper {
  readonly mapping: Mapping;
  build(rows: readonly Row[]): Built;
  /** Source system and service number, as far as they can be told. */
  keyOf(rows: readonly Row[]): { system: string; serviceNo: string } | undefined;
  /** Columns that a field is made of, for the reject file. */
  columnsOf(field: string): readonly string[];
  /** Columns of the file that neither a field nor `ignore` names: left behind, so said. */
  readonly unmapped: readonly string[];
}

/** Names that may be told: those declared, and those that a rule takes a value from. A misspelt one must not pass in silence. */
function parametersOf(mapping: Mapping): Set<string> {
  const names = new Set(Object.keys(mapping.parameters));
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      if (key === 'parameter' && typeof value === 'string') names.add(value);
      else if (key === 'default' && typeof value === 'string' && value.startsWith('$')) names.add(value.slice(1));
      else walk(value);
    }
  };
  walk(mapping.fields);
  return names;
}

/**
 * Binds a mapping to a file. Refuses (`missing_columns`) a file that lacks columns the mapping needs.
 * @param header names of the columns; empty for JSON lines, whose paths are looked up in each line
 */
export function bindMapping(mapping: Mapping, header: readonly string[], told: Readonly<Record<string, string>> = {}): Mapper {
  const known = parametersOf(mapping);
  const strange = Object.keys(told).find((name) => !known.has(name));
  if (strange !== undefined) throw refuseImport('no_such_parameter', { parameter: strange.slice(0, 40), known: [...known].join(', ') });
  const around: Surroundings = { zone: mapping.timeZone, parameters: { ...mapping.parameters, ...told } };
  const present = new Set(header.map(headerKey));
  const lacks = (column: string): boolean => header.length > 0 && !present.has(headerKey(column));
  const columns = new Map(mapping.fields.map(({ field, rule }) => [field, columnsOfRule(rule)]));
  const needed = [
    ...mapping.fields.flatMap(({ field, rule }) => (rule.optional ? [] : neededBy(rule, columns.get(field) ?? [], lacks))),
    ...(mapping.group?.by ?? []),
  ];
  const missing = [...new Set(needed.filter(lacks))];
  if (missing.length > 0) throw refuseImport('missing_columns', { columns: missing.join(', ') });
  const used = new Set(
    [...[...columns.values()].flat(), ...(mapping.group?.by ?? []), ...(mapping.group?.order ? [mapping.group.order.column] : []), ...mapping.ignore].map(
      headerKey,
    ),
  );

  return {
    mapping,
    unmapped: header.filter((name) => name !== '' && !used.has(headerKey(name))),
    columnsOf: (field) => columns.get(field) ?? columns.get(field.replace(/\.\d+(\..*)?$/, '')) ?? columns.get(field.split('.')[0] ?? '') ?? [],
    build: (rows) => build(mapping, rows, around),
    keyOf: (rows) => {
      const key = ['source.system', 'serviceNo'].map((wanted) => {
        const found = mapping.fields.find(({ field }) => field === wanted);
        try {
          return found && !isItems(found.rule) ? evaluate(wanted, found.rule, rows, around) : undefined;
        } catch {
          return undefined; // the row will be rejected for it when it is built
        }
      });
      return typeof key[0] === 'string' && typeof key[1] === 'string' ? { system: key[0], serviceNo: key[1] } : undefined;
    },
  };
}

/** Of alternatives one is enough. */
function neededBy(rule: Rule | ItemsRule, columns: readonly string[], lacks: (column: string) => boolean): readonly string[] {
  if ('firstOf' in rule && rule.firstOf !== undefined) return rule.firstOf.every(lacks) ? rule.firstOf.slice(0, 1) : [];
  return columns;
}

function build(mapping: Mapping, rows: readonly Row[], around: Surroundings): Built {
  const draft: Record<string, unknown> = {};
  const absent: Record<string, string> = { ...mapping.absent };
  const faults: FieldError[] = [];
  let files: string[] = [];
  for (const { field, rule } of mapping.fields) {
    let value: unknown;
    try {
      value = isItems(rule) ? itemsOf(field, rule, rows, around) : evaluate(field, rule, rows, around);
    } catch (error) {
      if (!(error instanceof ValueFault)) throw error;
      faults.push(error.params ? { field, code: error.code, params: error.params } : { field, code: error.code });
      continue;
    }
    if (!isItems(rule) && rule.absent !== undefined && isMissing(rule, rows)) absent[field] = rule.absent;
    if (value === undefined) continue;
    if (field === 'files') files = [value].flat().map(String);
    else put(draft, field, shaped(field, value));
  }
  if (Object.keys(absent).length > 0) draft['absent'] = absent;
  return { draft, files, faults };
}

/** Whether the source itself says nothing, so that a default or nothing at all stands there. */
function isMissing(rule: Rule, rows: readonly Row[]): boolean {
  return (rule.firstOf?.slice(0, 1) ?? columnsOfRule(rule)).every((column) => {
    try {
      return cell(rows[0]?.get(column)) === undefined;
    } catch {
      return false;
    }
  });
}

function put(draft: Record<string, unknown>, field: string, value: unknown): void {
  const [outer, inner] = field.split('.') as [string, string | undefined];
  if (inner === undefined) draft[outer] = value;
  else if (outer === 'signature') draft['signature'] = { kind: 'file', file: value };
  else draft[outer] = { ...(draft[outer] as Record<string, unknown> | undefined), [inner]: value };
}

const LIST_KEY: Record<string, string> = { participants: 'name', exceptions: 'what' };

/** Fields of a draft that are no plain text. */
function shaped(field: string, value: unknown): unknown {
  if (field === 'signature') return { kind: 'statement', text: value };
  if (field === 'tags') return [value].flat();
  const key = LIST_KEY[field];
  return key !== undefined && !isObjects(value) ? [value].flat().map((one) => ({ [key]: one })) : value;
}

const isObjects = (value: unknown): boolean => Array.isArray(value) && value.some((one) => typeof one === 'object');

function itemsOf(field: string, rule: ItemsRule, rows: readonly Row[], around: Surroundings): unknown[] | undefined {
  const list = rule.items === undefined ? fromArray(rule, rows) : rule.items.map((item) => fromRules(field, item, rows, around));
  const there = list.filter((item) => Object.keys(item).length > 0);
  return there.length === 0 ? undefined : there;
}

function fromRules(field: string, item: Record<string, Rule>, rows: readonly Row[], around: Surroundings): Record<string, unknown> {
  const values = Object.entries(item).flatMap(([key, rule]) => {
    const value = evaluate(`${field}.${key}`, rule, rows, around);
    return value === undefined ? [] : [[key, value] as const];
  });
  return Object.fromEntries(values);
}

function fromArray(rule: ItemsRule, rows: readonly Row[]): Record<string, unknown>[] {
  const list = rows[0]?.get(rule.each?.path ?? '');
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw new ValueFault('wrong_type');
  return list.map((one: unknown) => {
    const entries = Object.entries(rule.each?.item ?? {}).map(([key, path]) => [key, cell((one as Record<string, unknown> | null)?.[path])] as const);
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  });
}

function columnsOfRule(rule: Rule | ItemsRule): string[] {
  if (isItems(rule)) return [...(rule.items ?? []).flatMap((item) => Object.values(item).flatMap(columnsOfRule)), ...(rule.each ? [rule.each.path] : [])];
  const inTemplates = [rule.template, rule.lines].flatMap((one) => [...(one ?? '').matchAll(/\{([^{}]+)\}/g)].map((match) => match[1] ?? ''));
  return [
    ...(rule.column === undefined ? [] : [rule.column]),
    ...(rule.firstOf ?? []),
    ...(rule.join ?? []),
    ...Object.keys(rule.labelled ?? {}),
    ...inTemplates,
    ...(rule.each ? [rule.each.path] : []),
  ];
}
