import { z } from 'zod';
import type { Actor } from '../../audit/index.js';
import { pageOf, readCursor, writeCursor, type Page } from '../catalogue/cursor.js';
import { PAGE_SIZE } from '../catalogue/filter.js';
import { summaryOf, type CatalogueRecord, type RecordSummary } from '../catalogue/row.js';
import type { RecordsDeps } from '../deps.js';
import { sourceNumber, sourceSystem } from '../draft.js';
import { dayText } from '../term.js';
import { closedNotArchived, closingDepartments, lagByDepartment, lateRecords, missingReturnCalls, outOfScopeTotals, saveClosings } from './store.js';

/** Hours after closing within which a record should be archived, unless the view asks otherwise. */
export const LATE_HOURS = 24;
const DAYS_BACK = 90;
/** Closings that one report may name. */
export const CLOSINGS_AT_ONCE = 5_000;

export interface LatenessReport {
  hours: number;
  days: number;
  departments: { department: string; total: number; late: number; medianSeconds: number; p95Seconds: number }[];
  late: Page<RecordSummary>;
  missingReturnCalls: Page<RecordSummary>;
  closedNotArchived: { sourceSystem: string; serviceNo: string; closedAt: string; department: string }[];
  outOfScope: { sourceSystem: string; reason: string; count: number }[];
}

export interface LatenessInput {
  hours?: number | undefined;
  days?: number | undefined;
  afterLate?: string | undefined;
  afterCalls?: string | undefined;
}

/** What came late, what never came, what lacks its return call, and what the filing scope kept out (R1, R10, R93, R95). */
export async function latenessReport(deps: RecordsDeps, actor: Actor, input: LatenessInput): Promise<LatenessReport> {
  deps.access.authorize(actor, 'report.lateness');
  const hours = input.hours ?? LATE_HOURS;
  const days = input.days ?? DAYS_BACK;
  const now = deps.now();
  const since = new Date(now.getTime() - days * 86_400_000);
  const rights = deps.access.where(actor, 'record.list', 'r');
  const show = (row: CatalogueRecord): RecordSummary => summaryOf(row, now, deps.settings.zone);
  const departments = await lagByDepartment(deps.db, rights, hours, since);
  const late = await lateRecords(deps.db, rights, hours, since, readCursor(input.afterLate), PAGE_SIZE + 1);
  const calls = await missingReturnCalls(deps.db, rights, now, readCursor(input.afterCalls), PAGE_SIZE + 1);
  const closings = await closedNotArchived(deps.db, await departmentsSeen(deps, actor), PAGE_SIZE);
  const scope = await outOfScopeTotals(deps.db, dayText(since, deps.settings.zone));
  await deps.db.tx(async (tx) => {
    await deps.audit.append(tx, {
      actor,
      act: 'report.lateness',
      subject: { kind: 'list', id: 'lateness' },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { hours, days, late: late.length, calls: calls.length },
    });
  });
  return {
    hours,
    days,
    departments: departments.map((row) => ({
      department: row.department,
      total: Number(row.total),
      late: Number(row.late),
      medianSeconds: row.median_seconds,
      p95Seconds: row.p95_seconds,
    })),
    late: pageOf(late, PAGE_SIZE, show, (row) => writeCursor(row.archived_at ?? row.received_at, row.id)),
    missingReturnCalls: pageOf(calls, PAGE_SIZE, show, (row) => writeCursor(row.closed_at, row.id)),
    closedNotArchived: closings.map((row) => ({
      sourceSystem: row.source_system,
      serviceNo: row.service_no,
      closedAt: row.closed_at.toISOString(),
      department: row.department,
    })),
    outOfScope: scope.map((row) => ({ sourceSystem: row.source_system, reason: row.reason, count: Number(row.count) })),
  };
}

/** Departments whose missing cases the viewer may hear of: those whose ordinary records he would find if they were here. */
async function departmentsSeen(deps: RecordsDeps, actor: Actor): Promise<string[]> {
  const ordinary = {
    service_type: 'routine',
    client_type: 'individual',
    sensitivity: 'internal',
    medium: 'electronic',
    channel: 'phone',
    state: 'received',
    restricted: false,
    fonds: deps.settings.fonds,
    staff_account: '',
  };
  return (await closingDepartments(deps.db)).filter((department) => deps.access.decide(actor, 'record.list', { ...ordinary, department }).allow);
}

/** A source system's report of what it has closed. */
export const closingsReport = z.strictObject({
  source: sourceSystem,
  closings: z
    .array(
      z.strictObject({
        serviceNo: sourceNumber,
        closedAt: z.iso.datetime({ offset: true, error: 'not_a_time' }).refine((text) => text >= '1980', { error: 'too_early' }),
        department: z.string().regex(/^[\p{L}\p{N}_-]{1,40}$/u, 'not_a_code'),
      }),
    )
    .min(1)
    .max(CLOSINGS_AT_ONCE),
});

/**
 * Takes in what a source system says is closed, so that nobody can withhold a record unseen (R10). Those who make the
 * records may not: a later report replaces the earlier one.
 */
export async function reportClosings(deps: RecordsDeps, actor: Actor, input: z.infer<typeof closingsReport>): Promise<void> {
  deps.access.authorize(actor, 'report.closings');
  const rows = [...new Map(input.closings.map((one) => [one.serviceNo, one])).values()];
  await deps.db.tx(async (tx) => {
    await saveClosings(tx, input.source, rows, deps.now());
    await deps.audit.append(tx, {
      actor,
      act: 'report.closings',
      subject: { kind: 'list', id: 'closings' },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { source: input.source, count: rows.length },
    });
  });
}
