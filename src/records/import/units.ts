import type { Mapping } from './map/mapping.js';
import type { Row } from './read/row.js';

/** Rows that make one record; a row that could not be read stands alone. */
export interface Unit {
  rows: Row[];
  /** Key of the group; `undefined` where rows are not grouped. */
  key?: string;
}

type Group = NonNullable<Mapping['group']>;

/** Rows held for groups that are still open, at most; then the oldest group counts as complete. */
const MAX_HELD = 200_000;

/** Puts rows together into units. The order of units depends on file and mapping alone, so that a resumed import finds its place. */
export async function* unitsOf(batches: AsyncIterable<Row[]>, group: Group | undefined): AsyncGenerator<Unit[]> {
  if (group === undefined) {
    for await (const rows of batches) yield rows.map((row) => ({ rows: [row] }));
    return;
  }
  const open = new Groups(group);
  for await (const rows of batches) {
    const done = rows.flatMap((row) => open.add(row));
    if (done.length > 0) yield done;
  }
  const rest = open.rest();
  if (rest.length > 0) yield rest;
}

class Groups {
  /** In order of the last row seen, the longest unseen first. */
  readonly #open = new Map<string, { rows: Row[]; last: number }>();
  #held = 0;
  #count = 0;
  constructor(readonly group: Group) {}

  add(row: Row): Unit[] {
    this.#count++;
    const key = row.fault ? undefined : keyOf(row, this.group.by);
    if (key === undefined) return [{ rows: [row] }, ...this.#expired()]; // nobody can say where it belongs: rejected alone
    const found = this.#open.get(key) ?? { rows: [], last: 0 };
    this.#open.delete(key);
    found.rows.push(row);
    found.last = this.#count;
    this.#open.set(key, found);
    this.#held++;
    return this.#expired();
  }

  rest(): Unit[] {
    return [...this.#open].map(([key, { rows }]) => this.#unit(key, rows));
  }

  #expired(): Unit[] {
    const done: Unit[] = [];
    for (const [key, { rows, last }] of this.#open) {
      if (last >= this.#count - this.group.window && this.#held <= MAX_HELD) break;
      this.#open.delete(key);
      this.#held -= rows.length;
      done.push(this.#unit(key, rows));
    }
    return done;
  }

  #unit(key: string, rows: Row[]): Unit {
    return { key, rows: this.group.order === undefined ? rows : sorted(rows, this.group.order) };
  }
}

function keyOf(row: Row, by: readonly string[]): string | undefined {
  const parts = by.map((column) => row.get(column)).map((value) => (typeof value === 'string' || typeof value === 'number' ? String(value).trim() : ''));
  return parts.every((part) => part === '') ? undefined : JSON.stringify(parts);
}

/** Stable: rows whose order cannot be read stay where they came. */
function sorted(rows: Row[], order: NonNullable<Group['order']>): Row[] {
  const keyed = rows.map((row) => ({ row, by: order.as === 'number' ? Number(row.get(order.column)) : String(row.get(order.column)) }));
  return keyed.sort((a, b) => (a.by < b.by ? -1 : a.by > b.by ? 1 : 0)).map(({ row }) => row);
}
