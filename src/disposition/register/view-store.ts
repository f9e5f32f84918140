import { join, sql, TRUE, type Queryable, type Sql } from '../../db/index.js';
import type { ItemFacts } from './digest.js';
import type { ItemState } from './states.js';
import { REQUEST_NUMBER } from './store.js';

export interface ItemFilter {
  state?: ItemState | undefined;
  serviceType?: string | undefined;
}

export interface ItemViewRow {
  position: number;
  record_id: string;
  state: ItemState;
  facts: ItemFacts | null;
  struck_for: string[];
  reason_sealed: Buffer | null;
  /** Null where a request marked it before its term. */
  appraisal: string | null;
  appraised_at: Date | null;
  appraisal_id: string | null;
  /** The number of that request. */
  erasure: string | null;
  appraisal_step: number | null;
  appraisal_reason: Buffer | null;
  listed: boolean;
  title: string;
  archival_code: string | null;
  service_no: string;
  service_type: string;
  sensitivity: string;
  department: string;
  medium: string;
  closed_at: Date;
  archived_at: Date | null;
  file_count: number;
  term_until: string;
}

function fitting(id: string, filter: ItemFilter): Sql {
  return join(
    [
      sql`i.register_id = ${id}`,
      filter.state === undefined ? TRUE : sql`i.state = ${filter.state}`,
      filter.serviceType === undefined ? TRUE : sql`r.service_type = ${filter.serviceType}`,
    ],
    ' and ',
    TRUE,
  );
}

/** Items of a register in their order; of a record that the viewer may not find no title is shown. */
export function itemViews(db: Queryable, id: string, rights: Sql, filter: ItemFilter = {}, page?: { after: number; limit: number }): Promise<ItemViewRow[]> {
  return db.many<ItemViewRow>(sql`select i.position, i.record_id, i.state, i.facts, i.struck_for, i.reason_sealed, a.number as appraisal, a.decided_at as appraised_at,
      a.id as appraisal_id, ${REQUEST_NUMBER} as erasure, x.step as appraisal_step, s.reason_sealed as appraisal_reason,
      ${rights} as listed, r.title, r.archival_code, r.service_no, r.service_type, r.sensitivity, r.department, r.medium, r.closed_at, r.archived_at, r.file_count, r.term_until
    from destruction_items i join destruction_registers g on g.id = i.register_id join records r on r.id = i.record_id left join appraisals a on a.id = i.appraisal_id
      left join appraisal_items x on x.appraisal_id = i.appraisal_id and x.record_id = i.record_id left join appraisal_steps s on s.appraisal_id = x.appraisal_id and s.step = x.step
    where ${fitting(id, filter)} and ${page === undefined ? TRUE : sql`i.position > ${page.after}`} order by i.position ${page === undefined ? sql`` : sql`limit ${page.limit}`}`);
}

/** How many items of each state a register has. */
export async function itemCounts(db: Queryable, ids: readonly string[]): Promise<Map<string, Partial<Record<ItemState, number>>>> {
  const rows = await db.many<{ id: string; state: ItemState; n: number }>(
    sql`select register_id as id, state, count(*)::int as n from destruction_items where register_id = any (${[...ids]}::uuid[]) group by 1, 2`,
  );
  const found = new Map<string, Partial<Record<ItemState, number>>>();
  for (const row of rows) found.set(row.id, { ...found.get(row.id), [row.state]: row.n });
  return found;
}

export interface WaitingRow {
  id: string;
  number: string;
  since: Date;
  item_count: number;
  what: 'approve' | 'appoint' | 'check' | 'witness' | 'execute' | 'submit';
}

/** What waits for somebody: a step that his roles may answer, offices to fill, a list to check, one to carry out. */
export function waitingFor(
  db: Queryable,
  who: { personId: string; roles: readonly string[]; approves: boolean; appoints: boolean; at: Date },
): Promise<WaitingRow[]> {
  const mine = sql`p.ended_at is null and p.person_id = ${who.personId}`;
  return db.many<WaitingRow>(sql`
    select g.id, g.number, v.opened_at as since, g.item_count, 'approve' as what from destruction_approvals v join destruction_registers g on g.id = v.register_id
      where ${who.approves} and g.state = 'approving' and v.state = 'open' and v.role = any (${[...who.roles]})
        and not exists (select from destruction_persons p where p.register_id = g.id and p.person_id = ${who.personId} and (p.office <> 'approver' or p.round = g.round))
    union all select g.id, g.number, coalesce(g.approved_at, g.frozen_at), g.item_count, 'appoint' from destruction_registers g
      where ${who.appoints} and g.state in ('approving', 'approved') and (select count(*) from destruction_appointments p where p.register_id = g.id and p.ended_at is null) < 3
    union all select g.id, g.number, g.approved_at, g.item_count, 'check' from destruction_appointments p join destruction_registers g on g.id = p.register_id
      where ${mine} and p.office = 'supervisor' and g.state = 'approved' and p.checked_at is null
        and (select count(*) from destruction_appointments o where o.register_id = g.id and o.ended_at is null) = 3
    union all select g.id, g.number, g.opened_at, g.item_count, 'witness' from destruction_appointments p join destruction_registers g on g.id = p.register_id
      where ${mine} and p.office = 'supervisor' and g.state = 'open' and p.witnessed_at is null
    union all select g.id, g.number, g.execute_after, g.item_count, 'execute' from destruction_appointments p join destruction_registers g on g.id = p.register_id
      where ${mine} and p.office = 'executor' and g.state = 'checked' and g.execute_after <= ${who.at}
    union all select g.id, g.number, g.made_at, g.item_count, 'submit' from destruction_registers g where g.made_by_person = ${who.personId} and g.state in ('draft', 'frozen')
    order by 3, 1 limit 200`);
}
