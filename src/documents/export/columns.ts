/** What a cell may hold. Numbers stay numbers; everything else is text and never a formula. */
export type Cell = string | number | bigint | boolean | null | undefined;

export interface ExportColumn<Row> {
  head: string;
  value(row: Row): Cell;
  /** Characters, for the width of the column in XLSX. */
  width?: number;
}

export type Rows<Row> = Iterable<Row> | AsyncIterable<Row>;

/** Takes batches apart, as a database cursor gives them. */
export async function* flatten<Row>(batches: Iterable<Row[]> | AsyncIterable<Row[]>): AsyncGenerator<Row> {
  for await (const batch of batches) yield* batch;
}

/** One way to ask for the next row, whatever the source. */
export async function* asGenerator<Row>(rows: Rows<Row>): AsyncGenerator<Row> {
  yield* rows;
}
