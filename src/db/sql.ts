import { createHash } from 'node:crypto';

/** A parameterised statement. Only the `sql` tag makes one, so that a string can never reach the server as SQL. */
export class Sql {
  readonly text: string;
  readonly values: unknown[];
  /** Under which the server keeps its plan, on this connection; see {@link prepared}. */
  name: string | undefined;

  /** @internal */
  constructor(
    readonly parts: readonly string[],
    readonly holes: readonly unknown[],
  ) {
    const values: unknown[] = [];
    this.text = write(parts, holes, values);
    this.values = values;
  }
}

function write(parts: readonly string[], holes: readonly unknown[], values: unknown[]): string {
  let text = parts[0] ?? '';
  for (const [i, hole] of holes.entries()) {
    if (hole instanceof Sql) text += write(hole.parts, hole.holes, values);
    else text += `$${values.push(hole)}`;
    text += parts[i + 1] ?? '';
  }
  return text;
}

/** Tag for SQL: every hole becomes a parameter, except a nested `Sql`, which is spliced in with its own parameters. */
export function sql(parts: TemplateStringsArray, ...holes: unknown[]): Sql {
  return new Sql([...parts], holes);
}

/**
 * Lets the server keep the plan of a statement that one connection runs again and again: planning may cost more than doing it.
 * Its text must always be the same, since each text is kept until the connection ends.
 */
export function prepared(statement: Sql): Sql {
  statement.name = createHash('sha256').update(statement.text).digest('hex').slice(0, 32);
  return statement;
}

/** Joins fragments: `join([sql`a = ${1}`, sql`b = ${2}`], ' and ')`. An empty list gives `empty`, which must be named. */
export function join(list: readonly Sql[], separator: ' and ' | ' or ' | ', ' | ' union all ', empty: Sql): Sql {
  if (list.length === 0) return empty;
  const parts: string[] = [''];
  const holes: unknown[] = [];
  for (const [i, one] of list.entries()) {
    if (i > 0) parts[parts.length - 1] += separator;
    holes.push(one);
    parts.push('');
  }
  return new Sql(parts, holes);
}

const IDENTIFIER = /^[a-z_][a-z0-9_]{0,62}$/;

/** A column or table name from our own code (never from a request). Throws unless it is a plain lower-case identifier. */
export function ident(name: string): Sql {
  for (const part of name.split('.')) if (!IDENTIFIER.test(part)) throw new Error('not a plain identifier');
  return new Sql([name], []);
}

export const TRUE: Sql = sql`true`;
export const FALSE: Sql = sql`false`;
