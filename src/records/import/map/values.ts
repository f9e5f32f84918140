import type { FieldError } from '../../../errors/index.js';
import { LocalTime, atPath, type Row } from '../read/row.js';
import { parseTime } from './dates.js';
import { TIMES, typed } from './fields.js';
import type { Rule } from './mapping.js';

/** What is needed beside the rows to work out a value. */
export interface Surroundings {
  zone: string;
  parameters: Readonly<Record<string, string>>;
}

/** A value that cannot be had from what the source says; becomes a reject of the row. */
export class ValueFault extends Error {
  constructor(
    readonly code: string,
    readonly params?: FieldError['params'],
  ) {
    super(code);
  }
}

type Raw = string | LocalTime | string[] | undefined;

/** Works a rule out for a group of rows. `undefined`: the source has no value here. */
export function evaluate(field: string, rule: Rule, rows: readonly Row[], around: Surroundings): unknown {
  const isTime = rule.date !== undefined || TIMES.has(field.split('.').at(-1) ?? '');
  if (isTime) return time(rule, rows, around);
  const raw = source(rule, pickRow(rule, rows), rows, around);
  if (raw === undefined) return convert(field, fallback(rule, rows[0] as Row, around));
  if (Array.isArray(raw)) return raw.map((one) => convert(field, translated(rule, one)));
  const text = raw instanceof LocalTime ? raw.text.replace('T00:00:00', '') : raw;
  const value = translated(rule, rule.oneLine ? text.replaceAll(/\s+/g, ' ') : text);
  if (rule.split === undefined) return convert(field, value);
  const pieces = value
    .split(rule.split.by)
    .map((one) => one.trim())
    .filter((one) => one !== '');
  return rule.split.part === undefined ? pieces : convert(field, pieces[rule.split.part - 1]);
}

function fallback(rule: Rule, row: Row, around: Surroundings): string | undefined {
  if (rule.default === undefined) return undefined;
  if (rule.default.startsWith('$')) return around.parameters[rule.default.slice(1)];
  return fill(rule, rule.default, (column) => row.get(column));
}

const convert = (field: string, value: string | undefined): unknown => (value === undefined ? undefined : typed(field, value));

function pickRow(rule: Rule, rows: readonly Row[]): Row {
  return (rule.pick === 'last' ? rows.at(-1) : rows[0]) as Row;
}

function source(rule: Rule, row: Row, rows: readonly Row[], around: Surroundings): Raw {
  if (rule.column !== undefined) return cell(row.get(rule.column));
  if (rule.firstOf !== undefined) return rule.firstOf.map((column) => cell(row.get(column))).find((one) => one !== undefined);
  if (rule.constant !== undefined) return rule.constant;
  if (rule.parameter !== undefined) return around.parameters[rule.parameter];
  if (rule.join !== undefined)
    return filled(
      rule.join.map((column) => word(rule, column, row.get(column))),
      rule.separator ?? ' ',
    );
  if (rule.labelled !== undefined) {
    const lines = Object.entries(rule.labelled).map(([column, label]) => {
      const text = word(rule, column, row.get(column));
      return text === '' ? '' : `${label}: ${text}`;
    });
    return filled(lines, rule.separator ?? '\n');
  }
  if (rule.template !== undefined) return fill(rule, rule.template, (column) => row.get(column));
  if (rule.lines !== undefined)
    return filled(
      rows.map((one) => fill(rule, rule.lines ?? '', (column) => one.get(column)) ?? ''),
      rule.separator ?? '\n',
    );
  return each(rule, row);
}

function each(rule: Rule, row: Row): Raw {
  if (rule.each === undefined) return undefined;
  const list = row.get(rule.each.path);
  if (list === undefined || list === null) return undefined;
  if (!Array.isArray(list)) throw new ValueFault('wrong_type');
  const { line } = rule.each;
  return filled(
    list.map((one: unknown) => fill(rule, line, (path) => (path === '.' ? one : atPath(one, path))) ?? ''),
    rule.separator ?? '\n',
  );
}

function filled(parts: readonly string[], separator: string): string | undefined {
  const there = parts.filter((part) => part !== '');
  return there.length === 0 ? undefined : there.join(separator);
}

/** `{column}` filled in; nothing when none of the columns has a value. */
function fill(rule: Rule, template: string, get: (column: string) => unknown): string | undefined {
  let any = false;
  const text = template.replaceAll(/\{([^{}]+)\}/g, (_, column: string) => {
    const value = word(rule, column, get(column));
    if (value !== '') any = true;
    return value;
  });
  return any || !template.includes('{') ? text : undefined;
}

function word(rule: Rule, column: string, value: unknown): string {
  const raw = cell(value);
  const text = raw === undefined ? '' : raw instanceof LocalTime ? raw.text.replace('T', ' ') : Array.isArray(raw) ? raw.join('、') : raw;
  const table = rule.words?.[column];
  return table === undefined ? text : (ownValue(table, text) ?? text);
}

function translated(rule: Rule, value: string): string {
  if (rule.values === undefined) return value;
  const found = ownValue(rule.values, value) ?? rule.otherwise;
  if (found === undefined) throw new ValueFault('unknown_value');
  return found;
}

const ownValue = (table: Readonly<Record<string, string>>, key: string): string | undefined => (Object.hasOwn(table, key) ? table[key] : undefined);

/** A cell as text without blanks around it; `undefined` when there is nothing in it. */
export function cell(value: unknown): Raw {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value.trim();
  if (value === undefined || value === null) return undefined;
  if (value instanceof LocalTime) return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value) && value.every((one) => typeof one === 'string' || typeof one === 'number'))
    return value.length === 0 ? undefined : value.map(String);
  throw new ValueFault('wrong_type');
}

function time(rule: Rule, rows: readonly Row[], around: Surroundings): string | undefined {
  const over = rule.pick === 'earliest' || rule.pick === 'latest' ? rows : [pickRow(rule, rows)];
  const times = over.map((row) => timeOf(rule, source(rule, row, rows, around) ?? fallback(rule, row, around), around)).filter((one) => one !== undefined);
  if (times.length <= 1) return times[0];
  return times.reduce((best, one) => ((rule.pick === 'earliest') === Date.parse(one) < Date.parse(best) && one !== best ? one : best));
}

function timeOf(rule: Rule, raw: Raw, around: Surroundings): string | undefined {
  if (raw === undefined) return undefined;
  const found = Array.isArray(raw) ? undefined : parseTime(raw, rule.date ?? ['auto'], rule.zone ?? around.zone);
  if (found === undefined) throw new ValueFault('not_a_time');
  return found;
}
