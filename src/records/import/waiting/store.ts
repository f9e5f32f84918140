import { type Queryable, sql, type Tx } from '../../../db/index.js';

export interface WaitingUpload {
  id: string;
  caller_id: string;
  source_sealed: Buffer;
  spool_key: Buffer;
  created_at: Date;
  expires_at: Date;
}

export async function insertWaiting(tx: Tx, row: WaitingUpload): Promise<void> {
  await tx.run(sql`insert into import_waiting (id, caller_id, source_sealed, spool_key, created_at, expires_at)
    values (${row.id}, ${row.caller_id}, ${row.source_sealed}, ${row.spool_key}, ${row.created_at}, ${row.expires_at})`);
}

/** Takes a waiting upload away, for the one who sent it and in its time; only one of two that ask gets it. */
export async function takeWaiting(db: Queryable, id: string, caller: string, now: Date): Promise<WaitingUpload | undefined> {
  return db.maybe<WaitingUpload>(
    sql`delete from import_waiting where id = ${id} and caller_id = ${caller} and expires_at > ${now} returning id, caller_id, source_sealed, spool_key, created_at, expires_at`,
  );
}

/** Forgets uploads whose time is over; their ids, so that the files go too. */
export async function forgetWaiting(db: Queryable, now: Date): Promise<string[]> {
  return (await db.many<{ id: string }>(sql`delete from import_waiting where expires_at <= ${now} returning id`)).map((row) => row.id);
}

export async function waitingIds(db: Queryable): Promise<string[]> {
  return (await db.many<{ id: string }>(sql`select id from import_waiting`)).map((row) => row.id);
}
