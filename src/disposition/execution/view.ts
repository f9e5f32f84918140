import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import type { Opened } from '../../vault/index.js';
import { digestText, type RegisterState } from '../register/index.js';
import { openSealed } from './certificate/seal.js';
import { copiesOfRecords, type CopyView } from './copies-store.js';
import type { ExecutionDeps } from './deps.js';
import { onRegister } from './refusal.js';
import { appointmentsOf, findRegister, findRun, type RegisterRow, stepsOf, tryAgainAt } from './store.js';
import type { ClosureReport } from './steps/index.js';
import type { Facts, Step, StepState } from './values.js';
import {
  type CertificateRow,
  certificatesOf,
  certificatesPage,
  erasuresAmong,
  findCertificate,
  isNamed,
  itemsPage,
  progressOf,
  registersPage,
} from './view-store.js';

export const PAGE = 50;
/** States in which a register can be seen here: those before belong to its making. */
const SHOWN: readonly RegisterState[] = ['checked', 'executing', 'open', 'closed'];

export interface DestructionSummary {
  id: string;
  number: string;
  state: RegisterState;
  /** Number of the request at which the records are erased before their term; `null` where their term was over. */
  erasure: string | null;
  items: number;
  /** Steps that are done, of ten. */
  done: number;
  /** The step that is stuck, and why. */
  stuck: { step: Step; why: string } | null;
  /** Objects, and those whose sealed bytes are gone or wait for the end of their lock. */
  copies: { all: number; gone: number; locked: number; until: string | null };
  startedAt: string | null;
  executedAt: string | null;
  closedAt: string | null;
}

export interface DestructionView extends DestructionSummary {
  digest: string;
  executeAfter: string;
  steps: { step: Step; state: StepState; attempts: number; why: string | null; facts: Facts; triedAt: string | null; doneAt: string | null }[];
  report: ClosureReport | null;
  executor: string | null;
  supervisors: { person: string; outside: boolean; checkedAt: string | null; witnessedAt: string | null }[];
  certificates: CertificateView[];
  /** When a step that failed is tried again. */
  againAt: string | null;
  may: { begin: boolean; witness: boolean; retry: boolean };
}

export interface CertificateView {
  id: string;
  number: string;
  kind: 'main' | 'supplement';
  register: string;
  registerNumber: string;
  /** Number of the request at which the records were erased before their term; `null` where their term was over. */
  erasure: string | null;
  items: number;
  locked: number;
  size: number;
  documentDigest: string;
  dataDigest: string;
  madeAt: string;
}

const text = (at: Date | null | undefined): string | null => at?.toISOString() ?? null;
const certificateView = (row: CertificateRow): CertificateView => ({
  id: row.id,
  number: row.number,
  kind: row.kind,
  register: row.register_id,
  registerNumber: row.register_number,
  erasure: row.erasure,
  items: row.items,
  locked: row.locked,
  size: row.size,
  documentDigest: row.document_digest,
  dataDigest: row.data_digest,
  madeAt: row.made_at.toISOString(),
});

/** Whoever may list registers sees every destruction; everybody else those in which he takes part. `null`: all. */
function onlyFor(deps: ExecutionDeps, actor: Actor): string | null {
  deps.access.authorize(actor, 'destruction.progress');
  if (deps.access.mayEver(actor, 'destruction.list')) return null;
  if (actor.personId === null) throw new CodedError('forbidden');
  return actor.personId;
}

async function summariesOf(deps: ExecutionDeps, rows: readonly RegisterRow[]): Promise<DestructionSummary[]> {
  const ids = rows.map((row) => row.id);
  const progress = new Map((await progressOf(deps.db, ids)).map((one) => [one.id, one]));
  const erasures = await erasuresAmong(deps.db, ids);
  return rows.map((row) => {
    const at = progress.get(row.id);
    return {
      id: row.id,
      number: row.number,
      state: row.state,
      erasure: erasures.get(row.id) ?? null,
      items: row.item_count,
      done: at?.done ?? 0,
      stuck: at?.stuck ? { step: at.stuck, why: at.why ?? 'internal' } : null,
      copies: { all: at?.all ?? 0, gone: at?.gone ?? 0, locked: at?.locked ?? 0, until: text(at?.until) },
      startedAt: text(at?.started_at),
      executedAt: text(at?.executed_at),
      closedAt: text(row.closed_at),
    };
  });
}

async function summaryOf(deps: ExecutionDeps, row: RegisterRow): Promise<DestructionSummary> {
  const [summary] = await summariesOf(deps, [row]);
  if (!summary) throw new CodedError('not_found');
  return summary;
}

async function note(deps: ExecutionDeps, actor: Actor, act: string, kind: 'list' | 'destruction', id: string): Promise<void> {
  await deps.db.tx((tx) => deps.audit.append(tx, { actor, act, subject: { kind, id }, decision: 'allow', policy: deps.access.version() }));
}

/** Destructions that wait for their executor, are under way or were carried out, newest first. */
export async function listDestructions(
  deps: ExecutionDeps,
  actor: Actor,
  before: { at: Date; id: string } | null,
): Promise<{ items: DestructionSummary[]; next: { at: Date; id: string } | null }> {
  const rows = await registersPage(deps.db, { states: SHOWN, person: onlyFor(deps, actor), before, limit: PAGE + 1 });
  await note(deps, actor, 'destruction.progress', 'list', 'destruction-runs');
  const shown = rows.slice(0, PAGE);
  const last = rows.length > PAGE ? shown.at(-1) : undefined;
  return { items: await summariesOf(deps, shown), next: last ? { at: last.made_at, id: last.id } : null };
}

/** A register that this person may see here; one that he may not is not told apart from one that is not there. */
async function seen(deps: ExecutionDeps, actor: Actor, id: string): Promise<RegisterRow> {
  const person = onlyFor(deps, actor);
  const row = await findRegister(deps.db, id);
  if (!row || !SHOWN.includes(row.state) || (person !== null && !(await isNamed(deps.db, id, person)))) throw new CodedError('not_found');
  return row;
}

/** One destruction with its steps, copies, closure check and certificates. */
export async function viewDestruction(deps: ExecutionDeps, actor: Actor, id: string): Promise<DestructionView> {
  return onRegister(deps, actor, id, 'view', async () => {
    const row = await seen(deps, actor, id);
    await note(deps, actor, 'destruction.progress', 'destruction', id);
    const [run, appointments] = [await findRun(deps.db, id), await appointmentsOf(deps.db, id)];
    const executor = appointments.find((one) => one.office === 'executor')?.person_id ?? null;
    const mine = appointments.find((one) => one.office === 'supervisor' && one.person_id === actor.personId);
    const summary = await summaryOf(deps, row);
    const acts = { execute: deps.access.mayEver(actor, 'destruction.execute'), witness: deps.access.mayEver(actor, 'destruction.witness') };
    const isExecutor = executor !== null && executor === actor.personId;
    return {
      ...summary,
      digest: digestText(row.digest),
      executeAfter: row.execute_after.toISOString(),
      steps: (await stepsOf(deps.db, id)).map(({ step, state, attempts, why, facts, tried_at, done_at }) => ({
        step,
        state,
        attempts,
        why,
        facts,
        triedAt: text(tried_at),
        doneAt: text(done_at),
      })),
      report: (run?.report as ClosureReport | null | undefined) ?? null,
      executor,
      supervisors: appointments
        .filter((one) => one.office === 'supervisor')
        .map((one) => ({ person: one.person_id, outside: one.outside, checkedAt: text(one.checked_at), witnessedAt: text(one.witnessed_at) })),
      certificates: (await certificatesOf(deps.db, id)).map(certificateView),
      againAt: text(run?.again_at),
      may: {
        begin: acts.execute && isExecutor && row.state === 'checked' && row.execute_after <= deps.now(),
        witness: acts.witness && row.state === 'open' && mine !== undefined && mine.witnessed_at === null,
        retry: acts.execute && isExecutor && row.state === 'executing' && summary.stuck !== null,
      },
    };
  });
}

export interface DestructionItem {
  position: number;
  record: string;
  archivalCode: string;
  serviceNo: string;
  state: string;
  copies: CopyView[];
}

/** The records of a destruction in their order, with the state of every copy. */
export async function listDestructionItems(
  deps: ExecutionDeps,
  actor: Actor,
  id: string,
  after: number,
): Promise<{ items: DestructionItem[]; next: number | null }> {
  return onRegister(deps, actor, id, 'view', async () => {
    await seen(deps, actor, id);
    await note(deps, actor, 'destruction.progress', 'destruction', id);
    const rows = await itemsPage(deps.db, id, after, PAGE + 1);
    const shown = rows.slice(0, PAGE);
    const copies = await copiesOfRecords(
      deps.db,
      id,
      shown.map((one) => one.record),
    );
    return {
      items: shown.map((one) => ({ ...one, copies: copies.filter((copy) => copy.record === one.record) })),
      next: rows.length > PAGE ? (shown.at(-1)?.position ?? null) : null,
    };
  });
}

/**
 * The executor has a step that is stuck tried again now, instead of waiting; how far it is. It is due from here on: the caller sets to
 * work without waiting for the end, and whatever process carries destructions takes it up too.
 */
export async function retry(deps: ExecutionDeps, actor: Actor, id: string): Promise<DestructionSummary> {
  const { policy } = deps.access.authorize(actor, 'destruction.execute');
  return onRegister(deps, actor, id, 'retry', async () => {
    const row = await findRegister(deps.db, id);
    const appointed = row ? await appointmentsOf(deps.db, id) : [];
    if (!row || !appointed.some((one) => one.office === 'executor' && one.person_id === actor.personId)) throw new CodedError('not_found');
    if (row.state !== 'executing') throw new CodedError('wrong_state', { params: { state: row.state, step: 'execute' } });
    await deps.db.tx(async (tx) => {
      await tryAgainAt(tx, id, null);
      await deps.audit.append(tx, { actor, act: 'destruction.resume', subject: { kind: 'destruction', id }, decision: 'allow', policy });
    });
    return summaryOf(deps, row);
  });
}

/** Certificates, newest first, as far as one may see their registers. */
export async function listCertificates(
  deps: ExecutionDeps,
  actor: Actor,
  before: { at: Date; id: string } | null,
): Promise<{ items: CertificateView[]; next: { at: Date; id: string } | null }> {
  const rows = await certificatesPage(deps.db, { person: onlyFor(deps, actor), before, limit: PAGE + 1 });
  await note(deps, actor, 'destruction.certificates', 'list', 'destruction-certificates');
  const shown = rows.slice(0, PAGE);
  const last = rows.length > PAGE ? shown.at(-1) : undefined;
  return { items: shown.map(certificateView), next: last ? { at: last.made_at, id: last.id } : null };
}

/** The signed document, against a receipt like everything sealed. */
export async function openCertificate(deps: ExecutionDeps, actor: Actor, id: string): Promise<{ certificate: CertificateView; opened: Opened }> {
  const person = onlyFor(deps, actor);
  const row = await findCertificate(deps.db, id);
  if (!row || (person !== null && !(await isNamed(deps.db, row.register_id, person)))) {
    await deps.db.tx((tx) =>
      deps.audit.append(tx, {
        actor,
        act: 'destruction.certificate',
        subject: { kind: 'destruction', id },
        decision: 'deny',
        policy: deps.access.version(),
        facts: { why: 'not_found' },
      }),
    );
    throw new CodedError('not_found');
  }
  return { certificate: certificateView(row), opened: await deps.streams.under(actor, [], () => openSealed(deps, actor, row)) };
}
