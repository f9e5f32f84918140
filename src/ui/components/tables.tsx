import type { ComponentChildren } from 'preact';
import { useView } from './context.js';
import { Chip } from './marks.js';
import { Empty } from './notes.js';

export interface Column<Row> {
  key: string;
  head: string;
  cell: (row: Row) => ComponentChildren;
  number?: boolean;
  /** The row's own name: a header cell. */
  main?: boolean;
  /** Link that sorts by this column. */
  sort?: { href: string; now?: 'ascending' | 'descending' } | undefined;
}

interface Props<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  id: (row: Row) => string;
  /** Checkboxes of this name, for acts on many at once. */
  pick?: { name: string; form: string; label: (row: Row) => string };
  foot?: ComponentChildren;
  /** Stays a table on a phone, scrolled sideways, instead of becoming cards. */
  keep?: boolean;
}

/** Dense and sticky; `j`/`k` move, `x` picks, `Enter` opens the row's link. */
export function Table<Row>({ caption, columns, rows, id, pick, foot, keep = false }: Props<Row>) {
  const { p } = useView();
  return (
    <table class={keep ? 'table keep' : 'table'} data-rows="">
      <caption class="hidden">{caption}</caption>
      <thead>
        <tr>
          {pick ? (
            <th scope="col" class="pick">
              <input type="checkbox" data-pick-all="" aria-label={p.ui.pickAll} form={pick.form} />
            </th>
          ) : null}
          {columns.map((column) => (
            <Head key={column.key} column={column} />
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={id(row)}>
            {pick ? (
              <td class="pick">
                <input type="checkbox" name={pick.name} value={id(row)} form={pick.form} aria-label={pick.label(row)} data-pick="" />
              </td>
            ) : null}
            {columns.map((column) => (
              <Cell key={column.key} column={column} row={row} />
            ))}
          </tr>
        ))}
      </tbody>
      {foot ? <tfoot>{foot}</tfoot> : null}
    </table>
  );
}

function Head<Row>({ column }: { column: Column<Row> }) {
  const { sort } = column;
  return (
    <th scope="col" class={column.number ? 'number' : undefined} aria-sort={sort?.now}>
      {sort ? (
        <a href={sort.href}>
          {column.head}
          {sort.now ? <span aria-hidden="true">{sort.now === 'ascending' ? ' ↑' : ' ↓'}</span> : null}
        </a>
      ) : (
        column.head
      )}
    </th>
  );
}

function Cell<Row>({ column, row }: { column: Column<Row>; row: Row }) {
  const content = column.cell(row);
  if (column.main)
    return (
      <th scope="row">
        <div>{content}</div>
      </th>
    );
  if (content === null || content === undefined || content === '' || content === false) return <td class={column.number ? 'number' : undefined} />;
  return (
    <td class={column.number ? 'number' : undefined} data-label={column.head}>
      <div>{content}</div>
    </td>
  );
}

/** Keyset pages: forward, and back to the start. */
export interface Paging {
  /** How many rows are on this page. */
  shown: number;
  /** All rows of the view, where that was counted. */
  total?: number | undefined;
  next?: string | undefined;
  first?: string | undefined;
}

export function Pager({ paging }: { paging: Paging }) {
  const { p, say } = useView();
  return (
    <nav class="pager" aria-label={p.ui.pages}>
      <span>{paging.total === undefined ? say(p.ui.shown, { shown: paging.shown }) : say(p.ui.shownOf, { shown: paging.shown, total: paging.total })}</span>
      <span class="row">
        {paging.first ? (
          <a class="button" href={paging.first}>
            {p.ui.firstPage}
          </a>
        ) : null}
        {paging.next ? (
          <a class="button" href={paging.next} rel="next">
            {p.ui.nextPage}
          </a>
        ) : null}
      </span>
    </nav>
  );
}

/** Views of a list, each an address of its own; the one that is shown is marked. */
export function ViewChips<V extends { name: string | null; href: string }>({
  here,
  views,
  text,
}: {
  here: V['name'];
  views: readonly V[];
  text: (view: V) => string;
}) {
  const { p } = useView();
  return (
    <ul class="chips" aria-label={p.ui.filter}>
      {views.map((view) => (
        <li key={view.href}>
          {view.name === here ? (
            <span class="chip on" aria-current="true">
              <b>{text(view)}</b>
            </span>
          ) : (
            <Chip href={view.href}>{text(view)}</Chip>
          )}
        </li>
      ))}
    </ul>
  );
}

/** A page of rows with its pager, or what is said where there are none. */
export function Listing<Row>({ paging, none, ...table }: Props<Row> & { paging: Paging; none: { title: string; text: string } }) {
  if (table.rows.length === 0) return <Empty title={none.title}>{none.text}</Empty>;
  return (
    <>
      <Table {...table} />
      <Pager paging={paging} />
    </>
  );
}

export interface FilterChip {
  label: string;
  value: string;
  /** The same view without this filter. */
  remove: string;
}

/** The filters in force, each a chip that a click takes away; all of them stand in the address. */
export function FilterChips({ chips, clear }: { chips: readonly FilterChip[]; clear?: string }) {
  const { p, say } = useView();
  if (chips.length === 0) return null;
  return (
    <ul class="chips" aria-label={p.ui.filters}>
      {chips.map((chip) => (
        <li key={chip.remove}>
          <a class="chip on" href={chip.remove} title={say(p.ui.removeFilter, { name: chip.label })}>
            {chip.label}
            <b>{chip.value}</b>
            <span aria-hidden="true">×</span>
          </a>
        </li>
      ))}
      {clear ? (
        <li>
          <a class="chip" href={clear}>
            {p.ui.clearFilters}
          </a>
        </li>
      ) : null}
    </ul>
  );
}
