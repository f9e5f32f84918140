import { type Actor, closedLogs, goneCertificate, newestLog } from '../../audit/index.js';
import { PAGE_SIZE, pageOf, readCursor, writeCursor, type Page } from '../../records/index.js';
import { standingOf } from '../appraisal/people.js';
import { unseal } from '../appraisal/seals.js';
import type { RegisterState } from '../register/states.js';
import type { Office } from '../register/values.js';
import type { CertificateKind } from '../execution/values.js';
import { logCertificatesOf, type LogCertificateRow } from './certificate/store.js';
import type { LogTermDeps } from './deps.js';
import { flowOfLog, standOf } from './flow.js';
import { noteLook, registerFor } from './look.js';
import { logAppointmentsOf, logApprovalsOf, logCopiesOf, logRegisterRows, type LogApprovalRow, type LogRegisterRow } from './store.js';
import type { LogObstacle } from './term.js';
import { mayWithLog, type LogMay } from './waiting.js';

/** A closed log with its term, and what stands against destroying its entries. */
export interface LogTermView {
  log: string;
  size: string;
  first: string;
  last: string;
  /** Last day of keeping, and the rule with the version of the schedule that says so. */
  until: string;
  rule: string;
  schedule: string;
  /** The term is over and nothing holds it. */
  due: boolean;
  against: LogObstacle[];
  /** Numbers of the holds over it. */
  holds: string[];
  /** The register over it that stands, or that destroyed it. */
  register: { id: string; number: string; state: RegisterState } | null;
}

export interface LogRegisterSummary {
  id: string;
  number: string;
  log: string;
  state: RegisterState;
  madeBy: string;
  madeAt: string;
  size: string;
  executeAfter: string | null;
  endedAt: string | null;
}

export interface LogCertificateView {
  number: string;
  kind: CertificateKind;
  madeAt: string;
  size: number;
  locked: number;
  documentDigest: string;
  dataDigest: string;
}

export interface LogRegisterView extends LogRegisterSummary {
  root: string;
  bundles: string;
  first: string;
  last: string;
  rule: string;
  schedule: string;
  until: string;
  rules: string;
  digest: string;
  approvedAt: string | null;
  checkedAt: string | null;
  executingAt: string | null;
  openedAt: string | null;
  closedAt: string | null;
  endedBy: string | null;
  endReason: string;
  approvals: { position: number; step: string; role: string; state: LogApprovalRow['state']; person: string | null; reason: string; at: string | null }[];
  appointments: { office: Office; person: string; outside: boolean; appointedAt: string; checkedAt: string | null; witnessedAt: string | null }[];
  /** How far it is carried out. */
  progress: {
    bundlesGone: string;
    entriesGone: string;
    locked: number;
    lockedUntil: string | null;
    attempts: number;
    why: string | null;
    againAt: string | null;
  };
  /** Whether the signed note stands beside the log. */
  certified: boolean;
  /** The certificate for people, and its supplement. */
  certificates: LogCertificateView[];
  may: LogMay;
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

const summaryOf = (row: LogRegisterRow): LogRegisterSummary => ({
  id: row.id,
  number: row.number,
  log: row.log,
  state: row.state,
  madeBy: row.made_by_person,
  madeAt: row.made_at.toISOString(),
  size: String(row.size),
  executeAfter: iso(row.execute_after),
  endedAt: iso(row.ended_at),
});

const certificateView = (row: LogCertificateRow): LogCertificateView => ({
  number: row.number,
  kind: row.kind,
  madeAt: row.made_at.toISOString(),
  size: row.size,
  locked: row.locked,
  documentDigest: row.document_digest,
  dataDigest: row.data_digest,
});

/** The logs of the past with their terms by the schedule that acts, oldest first; looking is on record. */
export async function listLogTerms(deps: LogTermDeps, actor: Actor): Promise<{ current: string | null; items: LogTermView[] }> {
  deps.access.authorize(actor, 'destruction.list');
  const live = await logRegisterRows(deps.db, { person: null, live: true }, null, 1000);
  const items: LogTermView[] = [];
  for (const closed of await closedLogs(deps.db)) {
    const { term, against, holds } = await standOf(deps, deps.db, closed);
    const register = live.find((one) => one.log === closed.log);
    items.push({
      log: closed.log,
      size: String(closed.size),
      first: closed.first.toISOString(),
      last: closed.last.toISOString(),
      until: term.until,
      rule: term.rule,
      schedule: term.version,
      due: closed.procedure === null && !against.includes('term') && !against.includes('held'),
      against,
      holds,
      register: register ? { id: register.id, number: register.number, state: register.state } : null,
    });
  }
  await noteLook(deps, actor, 'destruction.list', 'log-terms', { shown: items.length });
  return { current: (await newestLog(deps.db)) ?? null, items };
}

/** Registers over logs, newest first: every one, or those in which one takes part. */
export async function listLogRegisters(deps: LogTermDeps, actor: Actor, after?: string): Promise<Page<LogRegisterSummary>> {
  const all = deps.access.mayEver(actor, 'destruction.list');
  if (!all) deps.access.authorize(actor, 'destruction.view');
  const rows = await logRegisterRows(deps.db, { person: all ? null : standingOf(deps, actor).personId }, readCursor(after), PAGE_SIZE + 1);
  const page = pageOf(rows, PAGE_SIZE, summaryOf, (row) => writeCursor(row.made_at, row.id));
  await noteLook(deps, actor, 'destruction.list', 'log-destructions', { shown: page.items.length });
  return page;
}

/** One register with its approvals, its appointments, how far it is carried out, and what the viewer may do. */
export async function viewLogRegister(deps: LogTermDeps, actor: Actor, id: string): Promise<LogRegisterView> {
  const { row, takesPart } = await registerFor(deps, actor, id);
  const [approvals, appointments, copies] = [await logApprovalsOf(deps.db, id), await logAppointmentsOf(deps.db, id), await logCopiesOf(deps.db, id)];
  await noteLook(deps, actor, 'destruction.view', row.id, { number: row.number, log: row.log });
  const flow = flowOfLog(row, approvals, appointments);
  return {
    ...summaryOf(row),
    root: row.root.toString('base64'),
    bundles: String(row.bundles),
    first: row.first_at.toISOString(),
    last: row.last_at.toISOString(),
    rule: row.rule,
    schedule: row.schedule,
    until: row.term_until,
    rules: row.rules,
    digest: row.digest.toString('hex'),
    approvedAt: iso(row.approved_at),
    checkedAt: iso(row.checked_at),
    executingAt: iso(row.executing_at),
    openedAt: iso(row.opened_at),
    closedAt: iso(row.closed_at),
    endedBy: row.ended_by,
    endReason: unseal(deps, `register/${id}/end`, row.end_reason_sealed),
    approvals: approvals.map((one) => ({
      position: one.position,
      step: one.step,
      role: one.role,
      state: one.state,
      person: one.person_id,
      reason: unseal(deps, `register/${id}/approval/1/${one.position}`, one.reason_sealed),
      at: iso(one.at),
    })),
    appointments: appointments.map((one) => ({
      office: one.office,
      person: one.person_id,
      outside: one.outside,
      appointedAt: one.appointed_at.toISOString(),
      checkedAt: iso(one.checked_at),
      witnessedAt: iso(one.witnessed_at),
    })),
    progress: {
      bundlesGone: String(row.bundles_gone),
      entriesGone: String(row.entries_gone),
      locked: copies.locked,
      lockedUntil: iso(copies.until),
      attempts: row.attempts,
      why: row.why,
      againAt: iso(row.again_at),
    },
    certified: row.executing_at !== null && (await goneCertificate(deps.db, row.log)) !== undefined,
    certificates: (await logCertificatesOf(deps.db, id)).map(certificateView),
    may: mayWithLog(deps, actor, row, { flow, approvals, takesPart }),
  };
}
