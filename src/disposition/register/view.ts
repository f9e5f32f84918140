import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import { PAGE_SIZE, pageOf, readCursor, writeCursor, type Page } from '../../records/index.js';
import type { DispositionDeps } from '../appraisal/deps.js';
import { standingOf } from '../appraisal/people.js';
import { unseal } from '../appraisal/seals.js';
import { answering, flowOf, type Held } from './flow.js';
import { moveRegister, STOPPABLE, type ItemState, type RegisterState } from './states.js';
import { appointmentsOf, approvalsOf, findRegister, personsOf, registerRows, type AppointmentRow, type ApprovalRow, type RegisterRow } from './store.js';
import { REGISTER_LIMITS, type Office, type RegisterKind } from './values.js';
import { itemCounts, itemViews, waitingFor, type ItemFilter, type ItemViewRow, type WaitingRow } from './view-store.js';

export interface RegisterSummary {
  id: string;
  number: string;
  kind: RegisterKind;
  /** The request of its person that an erasure carries out. */
  request: { id: string; number: string } | null;
  state: RegisterState;
  madeBy: string;
  madeAt: string;
  items: number;
  approvedAt: string | null;
  executeAfter: string | null;
  endedAt: string | null;
}

export interface RegisterApproval {
  round: number;
  position: number;
  step: string;
  role: string;
  state: ApprovalRow['state'];
  person: string | null;
  answer: 'agree' | 'refuse' | null;
  digest: string | null;
  reason: string;
  at: string | null;
}

export interface RegisterAppointment {
  office: Office;
  person: string;
  outside: boolean;
  appointedBy: string;
  appointedAt: string;
  endedAt: string | null;
  checkedAt: string | null;
  witnessedAt: string | null;
}

export interface RegisterView extends RegisterSummary {
  round: number;
  place: string;
  rules: string | null;
  digest: string | null;
  frozenAt: string | null;
  checkedAt: string | null;
  executingAt: string | null;
  openedAt: string | null;
  closedAt: string | null;
  endedBy: string | null;
  endReason: string;
  counts: Partial<Record<ItemState, number>>;
  approvals: RegisterApproval[];
  appointments: RegisterAppointment[];
  /** What the viewer may do now. */
  may: { prepare: boolean; submit: boolean; answer: number | null; appoint: boolean; check: boolean; stop: boolean };
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

function summaryOf(row: RegisterRow, counts: Partial<Record<ItemState, number>> = {}): RegisterSummary {
  return {
    id: row.id,
    number: row.number,
    kind: row.kind,
    request: row.request_id === null ? null : { id: row.request_id, number: row.request ?? '' },
    state: row.state,
    madeBy: row.made_by_person,
    madeAt: row.made_at.toISOString(),
    items: row.state === 'draft' ? (counts.listed ?? 0) : row.item_count,
    approvedAt: iso(row.approved_at),
    executeAfter: iso(row.execute_after),
    endedAt: iso(row.ended_at),
  };
}

/** Whether somebody sees every register, or only those in which he takes part. */
function seen(deps: DispositionDeps, actor: Actor): string | null {
  if (deps.access.mayEver(actor, 'destruction.list')) return null;
  deps.access.authorize(actor, 'destruction.view');
  return standingOf(deps, actor).personId;
}

async function note(deps: DispositionDeps, actor: Actor, row: Pick<RegisterRow, 'id' | 'number'>, facts: Record<string, string | number> = {}): Promise<void> {
  await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act: 'destruction.view',
      subject: { kind: 'destruction', id: row.id },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { number: row.number, ...facts },
    }),
  );
}

/** Registers, newest first: every one, or those in which one takes part. */
export async function listRegisters(
  deps: DispositionDeps,
  actor: Actor,
  filter: { state?: RegisterState | undefined; live?: boolean | undefined } = {},
  after?: string,
): Promise<Page<RegisterSummary>> {
  const rows = await registerRows(deps.db, { person: seen(deps, actor), ...filter }, readCursor(after), PAGE_SIZE + 1);
  const counts = await itemCounts(
    deps.db,
    rows.map((row) => row.id),
  );
  const page = pageOf(
    rows,
    PAGE_SIZE,
    (row) => summaryOf(row, counts.get(row.id)),
    (row) => writeCursor(row.made_at, row.id),
  );
  await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act: 'destruction.list',
      subject: { kind: 'list', id: 'destructions' },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { shown: page.items.length },
    }),
  );
  return page;
}

/** One that the viewer may see; else it is not there. */
export async function registerFor(deps: DispositionDeps, actor: Actor, id: string): Promise<{ row: RegisterRow; takesPart: boolean }> {
  const all = deps.access.mayEver(actor, 'destruction.list');
  if (!all && !deps.access.mayEver(actor, 'destruction.view')) throw new CodedError('not_found');
  const row = await findRegister(deps.db, id);
  const takesPart = row !== undefined && actor.personId !== null && (await personsOf(deps.db, id)).includes(actor.personId);
  if (row === undefined || !(all || takesPart)) throw new CodedError('not_found');
  return { row, takesPart };
}

/** A register with its approvals, its appointments, and what the viewer may do. */
export async function viewRegister(deps: DispositionDeps, actor: Actor, id: string): Promise<RegisterView> {
  const { row, takesPart } = await registerFor(deps, actor, id);
  const approvals = await approvalsOf(deps.db, [id]);
  const appointments = await appointmentsOf(deps.db, [id]);
  const counts = (await itemCounts(deps.db, [id])).get(id) ?? {};
  await note(deps, actor, row);
  return {
    ...summaryOf(row, counts),
    round: row.round,
    place: row.place,
    rules: row.rules,
    digest: row.digest?.toString('hex') ?? null,
    frozenAt: iso(row.frozen_at),
    checkedAt: iso(row.checked_at),
    executingAt: iso(row.executing_at),
    openedAt: iso(row.opened_at),
    closedAt: iso(row.closed_at),
    endedBy: row.ended_by,
    endReason: unseal(deps, `register/${id}/end`, row.end_reason_sealed),
    counts,
    approvals: approvals.map((one) => approvalOf(deps, one)),
    appointments: appointments.map(appointmentOf),
    may: mayOf(deps, actor, { row, approvals, appointments, takesPart }),
  };
}

function approvalOf(deps: DispositionDeps, one: ApprovalRow): RegisterApproval {
  return {
    round: one.round,
    position: one.position,
    step: one.step,
    role: one.role,
    state: one.state,
    person: one.person_id,
    answer: one.answer,
    digest: one.digest?.toString('hex') ?? null,
    reason: unseal(deps, `register/${one.register_id}/approval/${one.round}/${one.position}`, one.reason_sealed),
    at: iso(one.at),
  };
}

function appointmentOf(one: AppointmentRow): RegisterAppointment {
  return {
    office: one.office,
    person: one.person_id,
    outside: one.outside,
    appointedBy: one.appointed_by,
    appointedAt: one.appointed_at.toISOString(),
    endedAt: iso(one.ended_at),
    checkedAt: iso(one.checked_at),
    witnessedAt: iso(one.witnessed_at),
  };
}

function mayOf(
  deps: DispositionDeps,
  actor: Actor,
  one: { row: RegisterRow; approvals: ApprovalRow[]; appointments: AppointmentRow[]; takesPart: boolean },
): RegisterView['may'] {
  const { row } = one;
  const approvals = one.approvals.filter((approval) => approval.round === row.round);
  const appointments = one.appointments.filter((appointment) => appointment.ended_at === null);
  const held: Held = { row, approvals, appointments, flow: flowOf(row, approvals, appointments) };
  const { who, step } = answering(deps, actor, held);
  const may = (act: Parameters<typeof deps.access.mayEver>[1]): boolean => deps.access.mayEver(actor, act);
  const maker = may('destruction.make') && row.made_by_person === who.personId;
  const others = one.takesPart && !one.approvals.some((approval) => approval.person_id === who.personId && approval.round < row.round);
  const digest = held.flow.digest ?? '';
  return {
    prepare: maker && row.state === 'draft',
    submit: maker && row.state === 'frozen',
    answer: row.state === 'approving' && step !== undefined && may('destruction.approve') && !others ? step.position : null,
    appoint: may('destruction.appoint') && (row.state === 'frozen' || row.state === 'approving' || row.state === 'approved'),
    check: may('destruction.check') && 'flow' in moveRegister(held.flow, { kind: 'check', by: who.personId, digest }),
    stop: one.takesPart && STOPPABLE.includes(row.state),
  };
}

export interface RegisterItemView {
  position: number;
  record: string;
  state: ItemState;
  /** `null`: the viewer may not find this record, or it is gone. */
  title: string | null;
  archivalCode: string;
  serviceNo: string;
  serviceType: string;
  sensitivity: string;
  department: string;
  medium: string;
  closedAt: string;
  archivedAt: string | null;
  files: number;
  termUntil: string;
  /** Its appraisal, or the request that has it erased before its term: the number of one of them. */
  appraisal: string | null;
  appraisedAt: string | null;
  erasure: string | null;
  /** Why it is destroyed, as its appraisal said. */
  ground: string;
  /** Why it was taken out, or what had changed. */
  reason: string;
  changed: string[];
}

/** An item as people see it; what was frozen of it goes before what stands now. */
export function itemViewOf(deps: Pick<DispositionDeps, 'keystore'>, register: string, row: ItemViewRow): RegisterItemView {
  const { facts } = row;
  return {
    position: row.position,
    record: row.record_id,
    state: row.state,
    title: row.listed && row.title !== '' ? row.title : null,
    archivalCode: facts?.archivalCode ?? row.archival_code ?? '',
    serviceNo: facts?.serviceNo ?? row.service_no,
    serviceType: facts?.class.serviceType ?? row.service_type,
    sensitivity: facts?.class.sensitivity ?? row.sensitivity,
    department: facts?.class.department ?? row.department,
    medium: facts?.class.medium ?? row.medium,
    closedAt: facts?.dates.closed ?? row.closed_at.toISOString(),
    archivedAt: facts?.dates.archived ?? iso(row.archived_at),
    files: facts?.files ?? row.file_count,
    termUntil: facts?.term.until ?? row.term_until,
    appraisal: row.appraisal,
    appraisedAt: iso(row.appraised_at),
    erasure: row.erasure,
    ground: row.appraisal_step === null ? '' : unseal(deps, `appraisal/${row.appraisal_id}/step/${row.appraisal_step}`, row.appraisal_reason),
    reason: unseal(deps, `register/${register}/item/${row.position}`, row.reason_sealed),
    changed: row.struck_for,
  };
}

/** A page of a register's items in their order. */
export async function listRegisterItems(
  deps: DispositionDeps,
  actor: Actor,
  id: string,
  filter: ItemFilter = {},
  after = 0,
): Promise<{ items: RegisterItemView[]; next: number | null }> {
  const { row } = await registerFor(deps, actor, id);
  const rows = await itemViews(deps.db, id, deps.access.where(actor, 'record.list', 'r'), filter, { after, limit: REGISTER_LIMITS.page + 1 });
  const shown = rows.slice(0, REGISTER_LIMITS.page);
  await note(deps, actor, row, { shown: shown.length });
  return { items: shown.map((one) => itemViewOf(deps, id, one)), next: rows.length > shown.length ? (shown.at(-1)?.position ?? null) : null };
}

/** What waits for the caller on registers: approvals, offices to fill, lists to check, those to carry out or to sign as witnessed. */
export async function registersWaiting(
  deps: DispositionDeps,
  actor: Actor,
): Promise<{ id: string; number: string; since: string; items: number; what: WaitingRow['what'] }[]> {
  deps.access.authorize(actor, 'destruction.view');
  const who = standingOf(deps, actor);
  const rows = await waitingFor(deps.db, {
    personId: who.personId,
    roles: who.roles,
    approves: deps.access.mayEver(actor, 'destruction.approve'),
    appoints: deps.access.mayEver(actor, 'destruction.appoint'),
    at: deps.now(),
  });
  return rows.map((row) => ({ id: row.id, number: row.number, since: row.since.toISOString(), items: row.item_count, what: row.what }));
}
