/** A moment as a spreadsheet holds it: a calendar day and time of day without a zone. */
export class LocalTime {
  constructor(readonly text: string) {}
}

export type Cell = string | LocalTime;

/** What makes a single row unreadable. Texts stand under `imports.faults`. */
export const ROW_FAULTS = ['unclosed_quote', 'stray_quote', 'column_count', 'row_too_long', 'not_json', 'excel_error', 'digits_lost'] as const;
export type RowFault = (typeof ROW_FAULTS)[number];

/** One row of the source. */
export interface Row {
  /** As a spreadsheet counts: the header is row 1, blank lines count. */
  number: number;
  fault?: { code: RowFault; field: string };
  /** The value of a column, or at a path of a JSON line. `undefined` when there is none. */
  get(path: string): unknown;
  /** The row as it came: a JSON array of its cells, or the JSON line. */
  raw(): string;
  /** About how many characters it holds. */
  readonly size: number;
}

/** The columns of a table by name. */
export class Header {
  readonly #index: Map<string, number>;
  readonly #asked = new Map<string, number>();
  constructor(readonly names: readonly string[]) {
    this.#index = new Map(names.map((name, i) => [headerKey(name), i]));
  }
  at(name: string): number | undefined {
    const known = this.#asked.get(name);
    if (known !== undefined) return known < 0 ? undefined : known;
    const found = this.#index.get(headerKey(name));
    this.#asked.set(name, found ?? -1); // names come from a mapping, so there are few
    return found;
  }
}

/** Header texts are compared without regard to width, case and blanks around. */
export function headerKey(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase();
}

export class TableRow implements Row {
  constructor(
    readonly header: Header,
    readonly number: number,
    readonly cells: readonly Cell[],
    fault?: { code: RowFault; field: string },
  ) {
    if (fault) this.fault = fault;
  }
  fault?: { code: RowFault; field: string };

  get size(): number {
    return this.cells.reduce((sum, cell) => sum + (typeof cell === 'string' ? cell.length : cell.text.length), 0);
  }
  get(path: string): unknown {
    const at = this.header.at(path);
    return at === undefined ? undefined : this.cells[at];
  }
  raw(): string {
    return JSON.stringify(this.cells.map((cell) => (typeof cell === 'string' ? cell : cell.text)));
  }
}

export class JsonRow implements Row {
  constructor(
    readonly number: number,
    readonly value: unknown,
    readonly text: string,
    fault?: { code: RowFault; field: string },
  ) {
    if (fault) this.fault = fault;
  }
  fault?: { code: RowFault; field: string };

  get size(): number {
    return this.text.length;
  }
  get(path: string): unknown {
    return atPath(this.value, path);
  }
  raw(): string {
    return this.text;
  }
}

const paths = new Map<string, string[]>();

/** `a.b[0].c` in a JSON value; a key that has dots itself is found when it is written whole. Own properties only. */
export function atPath(value: unknown, path: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Object.hasOwn(value, path)) return (value as Record<string, unknown>)[path];
  let keys = paths.get(path);
  if (keys === undefined) {
    keys = path
      .replaceAll(/\[(\d+)\]/g, '.$1')
      .split('.')
      .filter((key) => key !== '');
    paths.set(path, keys); // paths come from mappings, so there are few
  }
  let at: unknown = value;
  for (const key of keys) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}
