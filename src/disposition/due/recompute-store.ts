import { type Queryable, sql, type Tx } from '../../db/index.js';
import type { Schedule } from '../../retention/index.js';
import { decideSql, reasonsSql } from './decide-store.js';
import { LIVING } from './impact-store.js';

export interface RecomputeRow {
  rule_id: string;
  state: 'running' | 'done';
  place: string | null;
  total: number;
  done: number;
  later: number;
  earlier: number;
  promised: number;
  unmatched: number;
  started_at: Date;
  updated_at: Date;
  finished_at: Date | null;
}

/** The version that acts, where it came after another one; the very first decided everything there is. */
export function actingVersion(db: Queryable): Promise<{ id: string; name: string; digest: string; consented: boolean } | undefined> {
  return db.maybe<{ id: string; name: string; digest: string; consented: boolean }>(
    sql`select id, name, digest, consented_by is not null as consented from rule_files where kind = 'schedule' and state = 'active' and origin = 'proposed'`,
  );
}

export function recomputeOf(db: Queryable, ruleId: string): Promise<RecomputeRow | undefined> {
  return db.maybe<RecomputeRow>(sql`select * from schedule_recomputes where rule_id = ${ruleId}`);
}

export async function startRecompute(tx: Tx, ruleId: string, at: Date): Promise<void> {
  await tx.run(sql`insert into schedule_recomputes (rule_id, state, total, started_at, updated_at)
    select ${ruleId}, 'running', count(*)::int, ${at}, ${at} from records where state in ${LIVING} on conflict do nothing`);
}

/** The row that says how far it is, locked: of two processes one works, the other goes away. */
export function lockRecompute(tx: Tx, ruleId: string): Promise<RecomputeRow | undefined> {
  return tx.maybe<RecomputeRow>(sql`select * from schedule_recomputes where rule_id = ${ruleId} and state = 'running' for update skip locked`);
}

export interface BatchOutcome {
  done: number;
  last: string | null;
  later: number;
  earlier: number;
  promised: number;
  unmatched: number;
}

/**
 * Decides the terms of the next records anew, in one statement: rows, promises and history. A day is brought forward only under a
 * version that compliance consented to; otherwise the day that stood is written down as promised, and kept. Where a minimum moves to
 * a later day, `raiseLocks` is asked to have the store follow.
 */
export async function recomputeBatch(
  tx: Tx,
  schedule: Schedule,
  asked: { place: string | null; limit: number; consented: boolean; at: Date; by: string; entry: string },
): Promise<BatchOutcome> {
  const source = sql`select * from batch`;
  const carry = ['state', 'term_until', 'term_minimum', 'term_maximum', 'term_rule', 'schedule_version', 'archived_at', 'special_term'];
  const { name } = schedule;
  // a batch is found by its ids, however many records the planner takes it for
  await tx.run(sql`set local enable_seqscan = off`);
  return tx.one<BatchOutcome>(sql`
    with batch as materialized (
      select * from records where state in ${LIVING} ${asked.place === null ? sql`` : sql`and id > ${asked.place}::uuid`} order by id limit ${asked.limit} for no key update
    ), decided as materialized (
      select d.*, w.new_until, w.new_minimum, greatest(d.maximum, w.new_minimum) as new_maximum, d.until < d.term_until or d.minimum < d.term_minimum as falls
      from (${decideSql(schedule, source, carry)}) d cross join lateral (select case when ${asked.consented} then d.until else greatest(d.until, d.term_until) end as new_until,
        case when ${asked.consented} then d.minimum else greatest(d.minimum, d.term_minimum) end as new_minimum) w
    ), changed as materialized (
      select * from decided where rule is not null and (new_until, new_minimum, new_maximum, rule, schedule_version)
        is distinct from (term_until, term_minimum, term_maximum, term_rule, ${name}::text)
    ), written as (
      update records r set term_until = d.until, term_minimum = d.minimum, term_maximum = d.maximum, term_rule = d.rule, schedule_version = ${name}, term_reasons = ${reasonsSql(schedule)}
      from (select id, special_term, place, anchor, ruled, extension, basis, asked, signed, anchors, untils, minimums, floor, rule, new_until as until, new_minimum as minimum,
          new_maximum as maximum from changed) d where r.id = d.id
    ), promises as (
      insert into record_events (record_id, kind, at, until, minimum, source, entry_id, recorded_at, recorded_by)
      select id, 'promised', ${asked.at}, term_until, term_minimum, 'archive', ${asked.entry}, ${asked.at}, ${asked.by} from changed where falls and not ${asked.consented}
    ), told as (
      insert into record_history (record_id, at, by_pseudonym, entry_id, field, old_value, new_value)
      select id, ${asked.at}, ${asked.by}, ${asked.entry}, 'term', term_until || ' · ' || schedule_version, new_until || ' · ' || ${name}
      from changed where new_until <> term_until
    ), raised as (
      insert into lock_raises as x (record_id, minimum, asked_at, due_at)
      select id, new_minimum, ${asked.at}, ${asked.at} from changed where new_minimum > term_minimum and archived_at is not null
      on conflict (record_id) do update set minimum = greatest(x.minimum, excluded.minimum), due_at = excluded.due_at, attempts = 0, why = null
    )
    select (select count(*)::int from batch) as done, (select id from batch order by id desc limit 1) as last,
      count(*) filter (where rule is not null and new_until > term_until)::int as later, count(*) filter (where rule is not null and new_until < term_until)::int as earlier,
      count(*) filter (where falls and not ${asked.consented})::int as promised, count(*) filter (where rule is null)::int as unmatched
    from decided`);
}

/** Writes down how far it is. */
export async function advance(tx: Tx, ruleId: string, outcome: BatchOutcome, at: Date, last: boolean): Promise<void> {
  await tx.run(sql`update schedule_recomputes set place = coalesce(${outcome.last}::uuid, place), done = done + ${outcome.done}, later = later + ${outcome.later}, earlier = earlier + ${outcome.earlier},
    promised = promised + ${outcome.promised}, unmatched = unmatched + ${outcome.unmatched}, updated_at = ${at},
    state = ${last ? 'done' : 'running'}, finished_at = ${last ? at : null} where rule_id = ${ruleId}`);
}
