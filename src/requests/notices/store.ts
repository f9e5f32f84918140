import { type Queryable, sql, type Tx } from '../../db/index.js';
import type { Candidate } from '../flow/route.js';
import type { NoticeKind } from '../values.js';

export interface NoticeRow {
  id: string;
  kind: NoticeKind;
  request_id: string;
  number: string;
  made_at: Date;
}

/**
 * Notices to somebody, or to a role that counts for him, that are newer than the last he has seen. What asks for an answer is
 * left out once the application is decided, and of an own application nothing is told that goes to others.
 */
export function unseenNotices(db: Queryable, me: Candidate, limit: number): Promise<NoticeRow[]> {
  return db.many<NoticeRow>(sql`select n.id, n.kind, n.request_id, q.number, n.made_at from request_notices n join requests q on q.id = n.request_id
    where (n.to_person = ${me.personId}::uuid
        or (n.to_role = any (${[...me.roles]}::text[]) and (n.to_department is null or n.to_department = ${me.department}) and q.applicant <> ${me.personId}::uuid))
      and (n.kind not in ('remind', 'escalate') or q.state = 'submitted')
      and n.made_at > coalesce((select seen_to from request_notices_seen where person_id = ${me.personId}::uuid), '-infinity')
    order by n.made_at, n.id limit ${limit}`);
}

/** Never back to an earlier moment. */
export async function seeNotices(tx: Tx, person: string, to: Date): Promise<void> {
  await tx.run(sql`insert into request_notices_seen (person_id, seen_to) values (${person}, ${to})
    on conflict (person_id) do update set seen_to = greatest(request_notices_seen.seen_to, excluded.seen_to)`);
}
