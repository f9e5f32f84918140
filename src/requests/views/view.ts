import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import { pageOf, PAGE_SIZE, readCursor, writeCursor, type Page } from '../../records/index.js';
import { answeringAs, capacityOf, stepToAnswer } from '../decide/capacity.js';
import type { RequestsDeps } from '../deps.js';
import { openNamed, openOutsider, openText, openWhy, type Outsider } from '../seals.js';
import { findRequest, recordsOfRequest, stepsOf, type RequestRecord, type RequestRow, type StepRow } from '../store.js';
import type { PaperKind } from '../values.js';
import { papersOf, ownRequests, countQueue, ownCounts, queueOf, registerRows, type RegisterFilter } from './store.js';

export interface RequestSummary {
  id: string;
  number: string;
  /** `null`: not told to the applicant of something that he may not find. */
  kind: RequestRow['kind'] | null;
  form: RequestRow['form'];
  state: RequestRow['state'];
  purpose: string;
  applicant: string;
  department: string;
  submittedAt: string;
  from: string;
  to: string;
  /** `null`: not told. */
  records: number | null;
  overdue: boolean;
}

export interface RequestStepView {
  position: number;
  rule: string;
  role: string;
  department: string | null;
  state: StepRow['state'];
  dueAt: string | null;
  decidedBy: string | null;
  decidedFor: string | null;
  decidedAs: StepRow['decided_as'];
  decidedAt: string | null;
  reason: string;
  narrowed: boolean;
}

export interface RequestView extends RequestSummary {
  reason: string;
  ticket: string;
  outsider: Outsider | null;
  basis: string | null;
  assessment: string;
  named: { numbers: string[]; client: string; search: string };
  acts: string[];
  readings: number | null;
  refusedFor: RequestRow['refused_for'];
  result: string | null;
  resultNote: string;
  recalledAt: string | null;
  /** When it was approved or refused, and when it came to its end. */
  decidedAt: string | null;
  endedAt: string | null;
  grantId: string | null;
  digest: string | null;
  cut: boolean;
  /** `null`: decided, but nothing else is told while it waits. */
  steps: RequestStepView[] | null;
  items: { id: string; title: string; code: string; department: string; sensitivity: string; fit: string; kept: boolean }[];
  /** Records of the application that this viewer is not shown. */
  notShown: number | null;
  /** Position of the step that this viewer may answer now. */
  mayAnswer: number | null;
  /** Letter and proof of identity, for whoever may answer now; opening one is on record. */
  papers: { id: string; kind: PaperKind; type: string; size: number }[];
  own: boolean;
}

/** The terms as far as the viewer is told: what was asked for, until he is told what is left of it. */
function termsOf(row: RequestRow, told: boolean): { acts: string[]; readings: number | null; from: Date; to: Date } {
  if (told || row.grant_id !== null) return { acts: row.left_acts, readings: row.left_readings, from: row.left_starts_at, to: row.left_ends_at };
  return { acts: row.acts, readings: row.readings, from: row.starts_at, to: row.ends_at };
}

export function summaryOf(row: RequestRow, told: boolean): RequestSummary {
  const terms = termsOf(row, told);
  return {
    id: row.id,
    number: row.number,
    kind: told ? row.kind : null,
    form: row.form,
    state: row.state,
    purpose: row.purpose,
    applicant: row.applicant,
    department: row.department,
    submittedAt: row.submitted_at.toISOString(),
    from: terms.from.toISOString(),
    to: terms.to.toISOString(),
    records: told ? row.records : null,
    overdue: row.state === 'expired',
  };
}

/** One application: for its applicant, for whoever decides or decided on it, for whoever keeps the register and may see every one. */
export async function viewRequest(deps: RequestsDeps, actor: Actor, id: string, act: 'request.view' | 'request.print' = 'request.view'): Promise<RequestView> {
  const row = await findRequest(deps.db, id);
  const steps = row ? await stepsOf(deps.db, [id]) : [];
  const capacity = await capacityOf(deps, actor);
  const own = row?.applicant === actor.personId;
  const mine = steps.filter((one) => one.decided_by === actor.personId || answeringAs(one, capacity) !== null);
  const decides = mine.length > 0 && deps.access.mayEver(actor, 'request.decide');
  const registrar = deps.access.mayEver(actor, 'request.register') && deps.access.mayEver(actor, 'request.resolve');
  const seen = row !== undefined && (own || decides || registrar);
  await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act: seen ? act : 'request.refused',
      subject: { kind: 'request', id },
      decision: seen ? 'allow' : 'deny',
      policy: deps.access.version(),
      facts: seen ? { own } : { step: 'view', why: 'not_found' },
    }),
  );
  if (!seen) throw new CodedError('not_found');
  const everything = registrar || mine.some((one) => one.department === null);
  const told = !row.hidden || !own;
  const shown = (one: RequestRecord): boolean =>
    own
      ? one.listed || (row.state !== 'submitted' && row.grant_id !== null && one.kept && one.fit === 'fit')
      : everything || mine.some((step) => step.department === one.department);
  const terms = termsOf(row, told);
  const list = await recordsOfRequest(deps.db, id);
  const why = openWhy(deps, id, row.reason_sealed);
  const items = list.filter(shown);
  const mayAnswer = decides && !own ? stepToAnswer(row, steps, capacity) : null;
  return {
    ...summaryOf(row, told),
    ...why,
    outsider: openOutsider(deps, id, row.outsider_sealed),
    basis: row.basis,
    assessment: row.assessment,
    named: openNamed(deps, id, row.named_sealed),
    acts: terms.acts,
    readings: terms.readings,
    refusedFor: row.refused_for,
    result: row.result,
    resultNote: openText(deps, id, 'result', row.result_sealed),
    recalledAt: row.recalled_at?.toISOString() ?? null,
    decidedAt: row.decided_at?.toISOString() ?? null,
    endedAt: row.ended_at?.toISOString() ?? null,
    grantId: row.grant_id,
    digest: told ? row.digest : null,
    cut: told && row.cut,
    steps: told ? steps.map((one) => stepView(deps, id, one)) : null,
    items: items.map((one) => ({
      id: one.record_id,
      title: one.title,
      code: one.archival_code ?? one.service_no,
      department: one.department,
      sensitivity: one.sensitivity,
      fit: one.fit,
      kept: one.kept,
    })),
    notShown: told ? list.length - items.length : null,
    mayAnswer,
    papers:
      mayAnswer === null ? [] : (await papersOf(deps.db, id)).map((one) => ({ id: one.id, kind: one.kind, type: one.media_type, size: Number(one.size) })),
    own,
  };
}

function stepView(deps: RequestsDeps, id: string, one: StepRow): RequestStepView {
  return {
    position: one.position,
    rule: one.rule,
    role: one.role,
    department: one.department,
    state: one.state,
    dueAt: one.due_at?.toISOString() ?? null,
    decidedBy: one.decided_by,
    decidedFor: one.decided_for,
    decidedAs: one.decided_as,
    decidedAt: one.decided_at?.toISOString() ?? null,
    reason: openText(deps, id, `step/${one.position}`, one.reason_sealed),
    narrowed: one.narrowed,
  };
}

async function logList(deps: RequestsDeps, actor: Actor, act: string, shown: number): Promise<void> {
  await deps.db.tx((tx) =>
    deps.audit.append(tx, { actor, act, subject: { kind: 'list', id: 'requests' }, decision: 'allow', policy: deps.access.version(), facts: { shown } }),
  );
}

/** One's own applications 我的申请, newest first. */
export async function listMyRequests(deps: RequestsDeps, actor: Actor, after?: string): Promise<Page<RequestSummary>> {
  deps.access.authorize(actor, 'request.own');
  if (actor.personId === null) throw new CodedError('forbidden');
  const rows = await ownRequests(deps.db, actor.personId, readCursor(after), PAGE_SIZE + 1);
  await logList(deps, actor, 'request.list', Math.min(rows.length, PAGE_SIZE));
  return pageOf(
    rows,
    PAGE_SIZE,
    (row) => summaryOf(row, !row.hidden),
    (row) => writeCursor(row.submitted_at, row.id),
  );
}

export interface QueueItem extends RequestSummary {
  step: number;
  rule: string;
  dueAt: string;
}

/** What waits for one's answer 待我审批, the most urgent first. */
export async function listQueue(
  deps: RequestsDeps,
  actor: Actor,
  filter: { kind?: string | undefined; late?: boolean | undefined } = {},
): Promise<QueueItem[]> {
  deps.access.authorize(actor, 'request.decide');
  const rows = await queueOf(deps.db, await capacityOf(deps, actor), { kind: filter.kind, late: filter.late ? deps.now() : undefined }, PAGE_SIZE);
  await logList(deps, actor, 'request.queue', rows.length);
  return rows.map((row) => ({ ...summaryOf(row, true), step: row.step, rule: row.step_rule, dueAt: row.due_at.toISOString() }));
}

/** The register of applications, a page at a time. */
export async function requestRegister(deps: RequestsDeps, actor: Actor, filter: RegisterFilter, after?: string): Promise<Page<RequestSummary>> {
  deps.access.authorize(actor, 'request.register');
  const rows = await registerRows(deps.db, filter, readCursor(after), PAGE_SIZE + 1);
  await logList(deps, actor, 'request.register', Math.min(rows.length, PAGE_SIZE));
  return pageOf(
    rows,
    PAGE_SIZE,
    (row) => summaryOf(row, true),
    (row) => writeCursor(row.submitted_at, row.id),
  );
}

/** What waits, for the home page: answers of one's own, results owed, grants running. */
export async function requestCounts(deps: RequestsDeps, actor: Actor): Promise<{ toDecide: number; overdue: number; running: number }> {
  if (actor.personId === null) return { toDecide: 0, overdue: 0, running: 0 };
  const toDecide = deps.access.mayEver(actor, 'request.decide') ? await countQueue(deps.db, await capacityOf(deps, actor)) : 0;
  return { toDecide, ...(await ownCounts(deps.db, actor.personId)) };
}
