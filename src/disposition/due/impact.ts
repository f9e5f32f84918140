import type { Actor } from '../../audit/index.js';
import { newId } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import { dayText, type RuleVersion } from '../../records/index.js';
import { diffSchedules, type Schedule, type ScheduleDiff } from '../../retention/index.js';
import { raisesLeft } from './lock-raises-store.js';
import { recomputeOf, type RecomputeRow } from './recompute-store.js';
import type { DueDeps } from './deps.js';
import { impactRows, insertImpact, movedRecords, newestImpact, takeTime, type ImpactRow, type MovedRow } from './impact-store.js';

/** Records of a page. */
const PAGE = 50;

/** A version of the schedule beside the one that acts. */
export interface ScheduleView {
  version: RuleVersion;
  schedule: Schedule;
  /** Against the version in force; against itself for the one that is. */
  diff: ScheduleDiff;
  impact: Impact | null;
  /** How far the terms have been decided anew under it, and the store's locks have followed. */
  recompute: (RecomputeRow & { locks: { waiting: number; failed: number } }) | null;
}

export interface Impact {
  day: string;
  madeAt: Date;
  milliseconds: number;
  totals: Omit<ImpactRow, 'serviceType' | 'department'>;
  rows: ImpactRow[];
}

export interface MovedRecord extends Omit<MovedRow, 'closed_at' | 'term_until' | 'archival_code' | 'service_no' | 'service_type'> {
  archivalCode: string | null;
  serviceNo: string;
  serviceType: string;
  closedAt: Date;
  from: string;
}

async function versionOf(deps: DueDeps, actor: Actor, id: string): Promise<{ version: RuleVersion; schedule: Schedule }> {
  const version = (await deps.rules.list(actor, 'schedule')).find((one) => one.id === id);
  const schedule = version && deps.schedules.versions.find((one) => one.name === version.name && one.digest === version.digest);
  if (!version || !schedule) throw new CodedError('not_found');
  return { version, schedule };
}

/** What a version of the schedule says, what it changes against the one that acts, and what that would do as last reckoned. */
export async function viewSchedule(deps: DueDeps, actor: Actor, id: string): Promise<ScheduleView> {
  const { version, schedule } = await versionOf(deps, actor, id);
  const stored = await newestImpact(deps.db, id);
  const recompute = await recomputeOf(deps.db, id);
  return {
    version,
    schedule,
    diff: diffSchedules(deps.schedules.newest, schedule),
    recompute: recompute ? { ...recompute, locks: await raisesLeft(deps.db) } : null,
    impact: stored ? { day: stored.day, madeAt: stored.made_at, milliseconds: stored.milliseconds, totals: sum(stored.rows), rows: stored.rows } : null,
  };
}

/** A version as it is printed, 保管期限表; printing it is on record. */
export async function printSchedule(deps: DueDeps, actor: Actor, id: string): Promise<{ version: RuleVersion; schedule: Schedule }> {
  const { version, schedule } = await versionOf(deps, actor, id);
  await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act: 'schedule.print',
      subject: { kind: 'schedule', id: version.name },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { digest: version.digest },
    }),
  );
  return { version, schedule };
}

/** Reckons what a waiting version would do to the archive as it is today, and keeps the answer for those who approve it. */
export async function reckonImpact(deps: DueDeps, actor: Actor, id: string): Promise<Impact> {
  const { version, schedule } = await versionOf(deps, actor, id);
  if (version.state !== 'proposed' && version.state !== 'agreed') throw new CodedError('wrong_state', { params: { state: version.state, step: 'impact' } });
  const day = dayText(deps.now(), schedule.timeZone);
  return deps.db.tx(async (tx) => {
    await takeTime(tx);
    const start = performance.now();
    const rows = await impactRows(tx, schedule, day);
    const milliseconds = Math.round(performance.now() - start);
    const totals = sum(rows);
    const entry = await deps.audit.append(tx, {
      actor,
      act: 'schedule.impact',
      subject: { kind: 'schedule', id: version.name },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { digest: version.digest, day, ...totals },
    });
    const madeAt = deps.now();
    await insertImpact(tx, { id: newId(), rule_id: id, day, made_at: madeAt, made_by: actor.pseudonym, entry: entry.id, milliseconds, rows });
    return { day, madeAt, milliseconds, totals, rows };
  });
}

/** The records that a waiting version would move, of those that the caller may find; reckoned as the page is asked for. */
export async function listMoved(
  deps: DueDeps,
  actor: Actor,
  id: string,
  asked: { direction: 'later' | 'earlier'; type?: string | undefined; department?: string | undefined; after?: string | undefined },
): Promise<{ items: MovedRecord[]; next: string | null }> {
  const { version, schedule } = await versionOf(deps, actor, id);
  const { direction, type, department, after } = asked;
  const rows = await deps.db.tx(async (tx) => {
    await deps.audit.append(tx, {
      actor,
      act: 'schedule.impact_list',
      subject: { kind: 'schedule', id: version.name },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { direction, ...(type === undefined ? {} : { type }), ...(department === undefined ? {} : { department }) },
    });
    const rights = deps.access.where(actor, 'record.list', 'r');
    return movedRecords(tx, schedule, { direction, type, department, after, limit: PAGE + 1, rights });
  });
  return { items: rows.slice(0, PAGE).map(moved), next: rows.length > PAGE ? (rows[PAGE - 1]?.id ?? null) : null };
}

function moved({ closed_at, term_until, archival_code, service_no, service_type, ...row }: MovedRow): MovedRecord {
  return { ...row, archivalCode: archival_code, serviceNo: service_no, serviceType: service_type, closedAt: closed_at, from: term_until };
}

function sum(rows: readonly ImpactRow[]): Impact['totals'] {
  const total = { records: 0, later: 0, earlier: 0, dueNow: 0, dueThen: 0, unmatched: 0 };
  for (const row of rows) for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += row[name];
  return total;
}
