import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import { PAGE_SIZE, pageOf, readCursor, writeCursor, type Page } from '../../records/index.js';
import type { DispositionDeps } from './deps.js';
import { appraisalRows, membersOf, waitingForSignature, type MemberRow } from './group-store.js';
import { fits, standingOf } from './people.js';
import { unseal } from './seals.js';
import { placeFor } from './sign.js';
import { countItems, countsOf, findAppraisal, groupsOf, itemsOf, stepsOf, type AppraisalRow, type CountRow, type ItemFilter, type ItemRow } from './store.js';
import { APPRAISAL_LIMITS, type AppraisalState, type Proposal } from './values.js';

export interface AppraisalSummary {
  id: string;
  number: string;
  state: AppraisalState;
  department: string;
  madeBy: string;
  madeAt: string;
  decidedAt: string | null;
  items: number;
  undecided: number;
}

export interface AppraisalMember {
  position: number;
  rule: string;
  role: string;
  department: string | null;
  person: string | null;
  answer: 'agree' | 'dissent' | null;
  opinion: string;
  at: string | null;
}

export interface AppraisalStep {
  step: number;
  at: string;
  proposal: Proposal;
  years: number | null;
  months: number | null;
  basis: string | null;
  reason: string;
  items: number;
  undone: boolean;
}

export interface AppraisalView extends AppraisalSummary {
  digest: string | null;
  rules: string | null;
  submittedAt: string | null;
  counts: Omit<CountRow, 'department'>;
  groups: { serviceType: string; year: number; items: number; undecided: number }[];
  members: AppraisalMember[];
  steps: AppraisalStep[];
  /** What the viewer may do now. */
  mayEdit: boolean;
  maySign: boolean;
  mayWithdraw: boolean;
}

const NONE: CountRow = { items: 0, undecided: 0, destroy: 0, extend: 0, transfer: 0, keep: 0, open: 0, department: null };

function summaryOf(row: AppraisalRow, counts: CountRow = NONE): AppraisalSummary {
  return {
    id: row.id,
    number: row.number,
    state: row.state,
    department: counts.department ?? '',
    madeBy: row.made_by,
    madeAt: row.made_at.toISOString(),
    decidedAt: row.decided_at?.toISOString() ?? null,
    items: counts.items,
    undecided: counts.undecided,
  };
}

/** Whether somebody sees every appraisal, or only those of his department that wait for him or were signed. */
function seesAll(deps: DispositionDeps, actor: Actor): boolean {
  if (deps.access.mayEver(actor, 'appraisal.view')) return true;
  deps.access.authorize(actor, 'appraisal.sign');
  return false;
}

/** Appraisals, newest first: every one, or for a department's supervisor its own that were submitted. */
export async function listAppraisals(
  deps: DispositionDeps,
  actor: Actor,
  filter: { state?: AppraisalState | undefined } = {},
  after?: string,
): Promise<Page<AppraisalSummary>> {
  const all = seesAll(deps, actor);
  const rows = await appraisalRows(deps.db, { all, department: actor.department, state: filter.state }, readCursor(after), PAGE_SIZE + 1);
  const counts = await countsOf(
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
      act: 'appraisal.list',
      subject: { kind: 'list', id: 'appraisals' },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { shown: page.items.length },
    }),
  );
  return page;
}

/** One that the viewer may see, with its group; else it is not there. */
export async function appraisalFor(deps: DispositionDeps, actor: Actor, id: string): Promise<{ row: AppraisalRow; members: MemberRow[] }> {
  const all = deps.access.mayEver(actor, 'appraisal.view');
  if (!all && !deps.access.mayEver(actor, 'appraisal.sign')) throw new CodedError('not_found');
  const row = await findAppraisal(deps.db, id);
  const members = row === undefined ? [] : await membersOf(deps.db, [row.id]);
  const who = standingOf(deps, actor);
  const takesPart = members.some((one) => one.person_id === who.personId || (one.department !== null && fits(one, who)));
  if (row === undefined || !(all || takesPart)) throw new CodedError('not_found');
  if (!all) deps.access.authorize(actor, 'appraisal.sign'); // asks for the second factor
  return { row, members };
}

/** An appraisal with its group, its decisions and its sums. */
export async function viewAppraisal(deps: DispositionDeps, actor: Actor, id: string): Promise<AppraisalView> {
  const { row, members } = await appraisalFor(deps, actor, id);
  const counts = (await countsOf(deps.db, [id])).get(id) ?? NONE;
  const groups = await groupsOf(deps.db, id);
  const steps = await stepsOf(deps.db, id);
  await note(deps, actor, 'appraisal.view', row);
  const who = standingOf(deps, actor);
  const makes = deps.access.mayEver(actor, 'appraisal.make');
  const { department: _, ...sums } = counts;
  return {
    ...summaryOf(row, counts),
    digest: row.digest?.toString('hex') ?? null,
    rules: row.rules,
    submittedAt: row.submitted_at?.toISOString() ?? null,
    counts: sums,
    groups: groups.map(({ service_type: serviceType, ...rest }) => ({ serviceType, ...rest })),
    members: members.map((one) => memberOf(deps, one)),
    steps: steps.map((one) => ({
      step: one.step,
      at: one.made_at.toISOString(),
      proposal: one.proposal,
      years: one.years,
      months: one.months,
      basis: one.basis,
      reason: unseal(deps, `appraisal/${id}/step/${one.step}`, one.reason_sealed),
      items: one.items,
      undone: one.undone_at !== null,
    })),
    mayEdit: row.state === 'draft' && makes && row.made_by === who.personId,
    maySign: row.state === 'signing' && deps.access.mayEver(actor, 'appraisal.sign') && placeFor(members, who) !== undefined,
    mayWithdraw: (row.state === 'draft' || row.state === 'signing') && makes,
  };
}

function memberOf(deps: DispositionDeps, one: MemberRow): AppraisalMember {
  return {
    position: one.position,
    rule: one.rule,
    role: one.role,
    department: one.department,
    person: one.person_id,
    answer: one.answer,
    opinion: unseal(deps, `appraisal/${one.appraisal_id}/opinion/${one.position}`, one.opinion_sealed),
    at: one.at?.toISOString() ?? null,
  };
}

export interface AppraisalItem {
  position: number;
  record: string;
  /** `null`: the viewer may not find this record. */
  title: string | null;
  archivalCode: string;
  serviceNo: string;
  serviceType: string;
  sensitivity: string;
  year: number;
  closedAt: string;
  held: boolean;
  termUntil: string;
  termMaximum: string | null;
  step: number | null;
  proposal: Proposal | null;
  years: number | null;
  months: number | null;
  newUntil: string | null;
  outcome: ItemRow['outcome'];
  dissents: number;
}

export function itemOf(row: ItemRow): AppraisalItem {
  return {
    position: row.position,
    record: row.record_id,
    title: row.listed ? row.title : null,
    archivalCode: row.archival_code ?? '',
    serviceNo: row.listed ? row.service_no : '',
    serviceType: row.service_type,
    sensitivity: row.sensitivity,
    year: row.year,
    closedAt: row.closed_at.toISOString(),
    held: row.held,
    termUntil: row.term_until,
    termMaximum: row.term_maximum,
    step: row.step,
    proposal: row.proposal,
    years: row.years,
    months: row.months,
    newUntil: row.new_until,
    outcome: row.outcome,
    dissents: row.dissents,
  };
}

/** A page of an appraisal's records in their order, and how many fit. */
export async function listAppraisalItems(
  deps: DispositionDeps,
  actor: Actor,
  id: string,
  filter: ItemFilter = {},
  after = 0,
): Promise<{ items: AppraisalItem[]; next: number | null; total: number }> {
  const { row } = await appraisalFor(deps, actor, id);
  const rights = deps.access.where(actor, 'record.list', 'r');
  const rows = await itemsOf(deps.db, id, rights, filter, { after, limit: APPRAISAL_LIMITS.page + 1 });
  const total = await countItems(deps.db, id, filter);
  const shown = rows.slice(0, APPRAISAL_LIMITS.page);
  await note(deps, actor, 'appraisal.view', row, { shown: shown.length });
  return { items: shown.map(itemOf), next: rows.length > shown.length ? (shown.at(-1)?.position ?? null) : null, total };
}

/** Appraisals that wait for the own signature, oldest first. */
export async function appraisalsToSign(deps: DispositionDeps, actor: Actor): Promise<{ id: string; number: string; since: string }[]> {
  deps.access.authorize(actor, 'appraisal.sign');
  const who = standingOf(deps, actor);
  const rows = await waitingForSignature(deps.db, who);
  return rows.map((row) => ({ id: row.id, number: row.number, since: row.submitted_at.toISOString() }));
}

export async function note(
  deps: DispositionDeps,
  actor: Actor,
  act: 'appraisal.view' | 'appraisal.export',
  row: Pick<AppraisalRow, 'id' | 'number'>,
  facts: Record<string, string | number> = {},
): Promise<void> {
  await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act,
      subject: { kind: 'appraisal', id: row.id },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { number: row.number, ...facts },
    }),
  );
}
