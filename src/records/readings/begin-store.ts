import { prepared, type Queryable, sql, sqlState, type Sql, type Tx } from '../../db/index.js';
import { cameStill, READING, type AccessKind, type Came, type ReadableRecord, type ReadingRow } from './store.js';

/** Everything that decides on an access, read at once. */
export interface Seen {
  reading: ReadingRow;
  /** The record as the rules see it; `undefined`: the condition of the act does not let this viewer have it. */
  record:
    | Pick<
        ReadableRecord,
        | 'id'
        | 'state'
        | 'service_type'
        | 'client_type'
        | 'department'
        | 'sensitivity'
        | 'medium'
        | 'channel'
        | 'restricted'
        | 'fonds'
        | 'staff_account'
        | 'granted'
      >
    | undefined;
  /** The body or the file that is asked for; `undefined`: the version has no such file. */
  target: { object_id: string; file_id: string | null; size: bigint; media_type: string | null; name: string | null } | undefined;
  /** Whether he still has what he came with. */
  still: boolean;
  /** Which rows these were: a row that was changed since is another one. */
  rows: { reading: string; record: string };
}

type Row = ReadingRow &
  Omit<NonNullable<Seen['record']>, 'id' | 'state'> & {
    may: boolean;
    still: boolean;
    object_id: string | null;
    file_id: string | null;
    size: bigint;
    media_type: string | null;
    name: string | null;
    reading_row: string;
    record_row: string;
  };

export interface Asked {
  reading: string;
  /** The reading is of this account; another's does not exist for it. */
  who: Came;
  /** Left out: the body. */
  file: string | undefined;
  /** Of the act, over the record `r`, and what grants give on it. */
  condition: Sql;
  granted: Sql;
}

function see(asked: Asked, lock: Sql): Sql {
  const [columns, from] =
    asked.file === undefined
      ? [
          sql`v.body_object as object_id, null::uuid as file_id, o.plain_size as size, null::text as media_type, null::text as name`,
          sql`join record_versions v on v.id = g.version_id join objects o on o.id = v.body_object`,
        ]
      : [
          sql`f.object_id, f.id as file_id, coalesce(f.size, 0) as size, f.media_type, f.name`,
          sql`join record_versions v on v.id = g.version_id
            left join record_files f on f.record_id = v.record_id and f.first_version <= v.number and f.id = ${asked.file}`,
        ];
  return prepared(sql`select ${READING}, '' as title, r.service_type, r.client_type, r.department, r.sensitivity, r.medium, r.channel,
      r.restricted, r.fonds, r.staff_account, ${asked.granted} as granted, (${asked.condition}) as may, ${cameStill(asked.who)} as still, ${columns}, g.xmin::text as reading_row, r.xmin::text as record_row
    from readings g join records r on r.id = g.record_id ${from} where g.id = ${asked.reading} and g.account_id = ${asked.who.account} ${lock}`);
}

function seen(row: Row | undefined): Seen | undefined {
  if (row === undefined) return undefined;
  const { object_id, file_id, size, media_type, name } = row;
  return {
    reading: row,
    record: row.may ? { ...row, id: row.record_id, state: row.record_state } : undefined,
    target: object_id === null ? undefined : { object_id, file_id, size, media_type, name },
    still: row.still,
    rows: { reading: row.reading_row, record: row.record_row },
  };
}

/** A reading with what is asked for under it. */
export async function seeReading(db: Queryable, asked: Asked): Promise<Seen | undefined> {
  return seen(await db.maybe(see(asked, sql``)));
}

/** The same, the reading locked. */
export async function lockSeenReading(tx: Tx, asked: Asked): Promise<Seen | undefined> {
  return seen(await tx.maybe(see(asked, sql`for update of g`)));
}

export interface NewAccess {
  id: string;
  reading_id: string;
  object_id: string;
  file_id: string | null;
  kind: AccessKind;
  start: number;
  end: number;
  at: Date;
  /** When the reading expires now that it was used. */
  expires: Date;
}

/** Puts an access on record and slides the expiry of its reading. */
export async function insertAccess(tx: Tx, row: NewAccess, entry: string): Promise<void> {
  await tx.run(
    prepared(sql`with used as (update readings set last_used_at = ${row.at}, expires_at = ${row.expires} where id = ${row.reading_id})
    insert into accesses (id, reading_id, object_id, file_id, kind, range_start, range_end, began_at, begin_entry)
    values (${row.id}, ${row.reading_id}, ${row.object_id}, ${row.file_id}, ${row.kind}, ${row.start}, ${row.end}, ${row.at}, ${entry})`),
  );
}

const NO_ENTRY = 'LT001';

/**
 * The same with its entry, in one statement that is a transaction by itself, where reading and record are the very rows that
 * were seen, who reads still has what he came with, and the reading's standing rule is in force; the number of that transaction,
 * `undefined` where they are not: then nothing was done.
 *
 * It does not wait for the disk: no byte leaves before the entry stands under a signed head, and the transaction that moves
 * the entry there comes after this one in the write-ahead log and does wait, for both.
 */
export async function insertAccessAtOnce(
  db: Queryable,
  seen: { rows: Seen['rows']; who: Came },
  row: NewAccess,
  entry: string,
  insert: (from: Sql) => Sql,
): Promise<string | undefined> {
  try {
    const done = await db.maybe<{ xact: string }>(
      prepared(sql`with held as (
        select g.id, set_config('synchronous_commit', 'off', true) from readings g join records r on r.id = g.record_id
        where g.id = ${row.reading_id} and g.xmin::text = ${seen.rows.reading} and r.xmin::text = ${seen.rows.record} and ${cameStill(seen.who)}
          and (g.standing_rule is null or exists (select from standing_rules e where e.id = g.standing_rule and e.state = 'active' and e.ends_on > ${row.at}))
        for update of g
      ), entry as (${insert(sql`held`)}),
      used as (update readings set last_used_at = ${row.at}, expires_at = ${row.expires} where id in (select id from held))
      insert into accesses (id, reading_id, object_id, file_id, kind, range_start, range_end, began_at, begin_entry)
      select ${row.id}::uuid, held.id, ${row.object_id}::uuid, ${row.file_id}::uuid, ${row.kind}::text, ${row.start}::bigint, ${row.end}::bigint, ${row.at}::timestamptz, ${entry}::uuid from held returning pg_current_xact_id()::text as xact`),
    );
    return done?.xact;
  } catch (error) {
    // without its rows there was no entry either, and the database took the rest back
    if (sqlState(error) === NO_ENTRY) return undefined;
    throw error;
  }
}
