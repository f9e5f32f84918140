import { type Queryable, sql, type Tx } from '../../db/index.js';

export interface DeputyRow {
  id: string;
  deputy_id: string;
  starts_at: Date;
  ends_at: Date;
  ended_at: Date | null;
}

export async function insertDeputy(tx: Tx, row: { id: string; person: string; deputy: string; from: Date; to: Date; at: Date }): Promise<void> {
  await tx.run(
    sql`insert into request_deputies (id, person_id, deputy_id, starts_at, ends_at, made_at) values (${row.id}, ${row.person}, ${row.deputy}, ${row.from}, ${row.to}, ${row.at})`,
  );
}

export function deputiesOf(db: Queryable, person: string): Promise<DeputyRow[]> {
  return db.many<DeputyRow>(
    sql`select id, deputy_id, starts_at, ends_at, ended_at from request_deputies where person_id = ${person} order by starts_at desc, id desc limit 50`,
  );
}

export function endDeputyRow(tx: Tx, id: string, person: string, at: Date): Promise<number> {
  return tx.run(sql`update request_deputies set ended_at = ${at} where id = ${id} and person_id = ${person} and ended_at is null`);
}
