import { arrayText } from './array-text.js';
import { ident, join, sql, type Sql } from './sql.js';

/** `list` is an array of texts, told as JSON. */
export type ColumnType = 'uuid' | 'text' | 'list' | 'json' | 'integer' | 'smallint' | 'bigint' | 'boolean' | 'timestamptz' | 'date' | 'bytea';

/** What one row has in a column: times as ISO 8601, bytes as they are. */
export type Cell = string | number | boolean | Uint8Array | null;

/** A column of a batch of rows. */
export interface Column {
  name: string;
  type: ColumnType;
  values: readonly Cell[];
}

const TYPES: Record<ColumnType, { one: Sql; many: Sql }> = {
  uuid: { one: sql`uuid`, many: sql`uuid[]` },
  text: { one: sql`text`, many: sql`text[]` },
  list: { one: sql`text[]`, many: sql`text[]` },
  json: { one: sql`jsonb`, many: sql`jsonb[]` },
  integer: { one: sql`integer`, many: sql`integer[]` },
  smallint: { one: sql`smallint`, many: sql`smallint[]` },
  bigint: { one: sql`bigint`, many: sql`bigint[]` },
  boolean: { one: sql`boolean`, many: sql`boolean[]` },
  timestamptz: { one: sql`timestamptz`, many: sql`timestamptz[]` },
  date: { one: sql`date`, many: sql`date[]` },
  bytea: { one: sql`bytea`, many: sql`bytea[]` },
};

/** Many rows as a source of a statement. */
export interface Rows {
  /** To stand in `from`. */
  from: Sql;
  /** A column, to stand anywhere else. */
  of(name: string): Sql;
}

/**
 * Rows as one array a column (`unnest`); what all of them have in common goes over once: rows of one batch share half their columns.
 * The first column always is an array, so that there are as many rows as there are.
 */
export function rowsOf(columns: readonly Column[], alias: string): Rows {
  const as = ident(alias);
  const expressions = new Map<string, Sql>();
  const arrays: Sql[] = [];
  const names: Sql[] = [];
  for (const [i, column] of columns.entries()) {
    const type = TYPES[column.type];
    const name = ident(column.name);
    if (i > 0 && isCommon(column)) {
      expressions.set(column.name, sql`${parameter(column, column.values[0] ?? null)}::${type.one}`);
      continue;
    }
    arrays.push(sql`${valuesOf(column)}::${type.many}`);
    names.push(name);
    expressions.set(column.name, column.type === 'list' ? sql`${as}.${name}::text[]` : sql`${as}.${name}`);
  }
  const from = sql`unnest(${join(arrays, ', ', sql``)}) as ${as} (${join(names, ', ', sql``)})`;
  return {
    from,
    of(name) {
      const expression = expressions.get(name);
      if (!expression) throw new Error(`no column ${name}`);
      return expression;
    },
  };
}

/** Whether all rows have the same in it. */
export function isCommon({ values }: Column): boolean {
  const first = values[0];
  return values.every((one) => one === first);
}

function parameter({ type }: Column, value: Cell): unknown {
  if (type === 'list' && typeof value === 'string') return JSON.parse(value);
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value;
}

function valuesOf({ type, values }: Column): readonly unknown[] {
  return type === 'list' ? values.map((one) => (one === null ? null : arrayText(JSON.parse(String(one)) as string[]))) : values;
}
