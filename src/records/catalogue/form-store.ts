import { type Queryable, sql, type Sql } from '../../db/index.js';

/** One item of a catalogue as it is to be printed. */
export interface FormRow {
  id: string;
  archival_code: string;
  service_no: string;
  staff_name: string;
  department: string;
  title: string;
  closed_at: Date;
  sensitivity: string;
  file_count: number;
  state: string;
  restricted: boolean;
}

/** Items at once while a form is printed. */
const BATCH = 500;

/** Archived items under rights and a filter, in the order of their archival codes, in batches. */
export async function* formRows(db: Queryable, rights: Sql, filter: Sql): AsyncGenerator<FormRow[]> {
  let after: { code: string; id: string } | null = null;
  for (;;) {
    const from: Sql = after === null ? sql`` : sql`and (r.archival_code, r.id) > (${after.code}, ${after.id}::uuid)`;
    const rows: FormRow[] =
      await db.many<FormRow>(sql`select r.id, r.archival_code, r.service_no, r.staff_name, r.department, r.title, r.closed_at, r.sensitivity, r.file_count, r.state, r.restricted
      from records r where r.archival_code is not null and (${rights}) and (${filter}) ${from} order by r.archival_code, r.id limit ${BATCH}`);
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < BATCH) return;
    after = { code: last.archival_code, id: last.id };
  }
}

export interface FormSums {
  items: number;
  files: number;
  first: string | null;
  last: string | null;
  electronic: number;
  paper: number;
  corrected: number;
  extended: number;
  restricted: number;
  held: number;
  destroyed: number;
  transferred: number;
}

/** What is so of those items, counted. */
export function formSums(db: Queryable, rights: Sql, filter: Sql): Promise<FormSums> {
  return db.one<FormSums>(sql`select count(*)::int as items, coalesce(sum(r.file_count), 0)::int as files, min(r.archival_code) as first, max(r.archival_code) as last,
      (count(*) filter (where r.medium = 'electronic'))::int as electronic, (count(*) filter (where r.medium = 'paper'))::int as paper,
      (count(*) filter (where r.version_number > 1))::int as corrected, (count(*) filter (where r.state = 'extended'))::int as extended,
      (count(*) filter (where r.restricted))::int as restricted, (count(*) filter (where r.held))::int as held,
      (count(*) filter (where r.state in ('shredded', 'destroyed')))::int as destroyed, (count(*) filter (where r.state = 'transferred'))::int as transferred
    from records r where r.archival_code is not null and (${rights}) and (${filter})`);
}
