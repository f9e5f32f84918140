import type { Actor, EntryInput } from '../../audit/index.js';
import { openField, sealField } from '../../crypto/index.js';
import { newId, type Tx } from '../../db/index.js';
import { CodedError, invalidField } from '../../errors/index.js';
import { after, pageOf, PAGE, placeOf, type Page } from '../page.js';
import type { ReportsDeps } from '../deps.js';
import type { SampleKind } from '../samples/kinds.js';
import { itemsOfCase } from '../samples/store.js';
import { showSignal, type SignalView } from './signals.js';
import * as store from './store.js';
import type { CaseOutcome, CaseRow, CaseState } from './store.js';

/** Longest note in a case, in characters. */
export const CASE_NOTE_LENGTH = 2000;

export interface CaseSummary {
  id: string;
  number: string;
  kind: store.CaseRow['kind'];
  personId: string;
  state: CaseState;
  assigneeId: string | null;
  outcome: CaseOutcome | null;
  openedAt: string;
  closedAt: string | null;
  signals: number;
}

export interface CaseView extends CaseSummary {
  assignedAt: string | null;
  closedBy: string | null;
  found: SignalView[];
  /** Items of samples that led to it. */
  sampled: { sampleId: string; number: string; kind: SampleKind; position: number }[];
  notes: { id: string; by: string; at: string; text: string }[];
  /** What this viewer may do next. */
  mayTake: boolean;
  mayNote: boolean;
  mayClose: boolean;
}

const summary = (row: CaseRow): CaseSummary => ({
  id: row.id,
  number: row.number,
  kind: row.kind,
  personId: row.person_id,
  state: row.state,
  assigneeId: row.assignee,
  outcome: row.outcome,
  openedAt: row.opened_at.toISOString(),
  closedAt: row.closed_at?.toISOString() ?? null,
  signals: row.signals,
});

/** Cases 核查, newest first; never those about the viewer. */
export async function listCases(
  deps: ReportsDeps,
  actor: Actor,
  input: { states?: readonly CaseState[] | undefined; mine?: boolean | undefined; after?: string | undefined } = {},
): Promise<Page<CaseSummary>> {
  const person = personOf(deps, actor);
  const { states = store.CASE_STATES, mine } = input;
  const rows = await store.listCaseRows(deps.db, person, { states, mine }, after(input.after), PAGE + 1);
  await log(deps, actor, { act: 'case.list', subject: { kind: 'list', id: 'cases' }, facts: { shown: Math.min(rows.length, PAGE) } });
  return pageOf(rows, summary, (row) => placeOf(row.opened_at, row.id));
}

/** Cases that wait for anybody, and those that the viewer has taken: what stands on the home page. Never those about the viewer. */
export function caseCounts(deps: Pick<ReportsDeps, 'db' | 'access'>, actor: Actor): Promise<{ open: number; mine: number }> {
  deps.access.authorize(actor, 'case.work');
  if (actor.personId === null) throw new CodedError('forbidden');
  return store.countCases(deps.db, actor.personId);
}

/** One case with its signals and its notes. Whom it is about does not see it. */
export async function viewCase(deps: ReportsDeps, actor: Actor, id: string): Promise<CaseView> {
  const person = personOf(deps, actor);
  const row = await store.findCase(deps.db, id);
  if (!row) throw new CodedError('not_found');
  await assertAnothers(deps, actor, row, 'view');
  const signals = await store.signalsOfCase(deps.db, id);
  const notes = await store.notesOf(deps.db, id);
  const sampled = await itemsOfCase(deps.db, id);
  await log(deps, actor, { act: 'case.view', subject: { kind: 'case', id }, facts: { notes: notes.length } });
  const key = deps.keystore.secret('cases');
  return {
    ...summary(row),
    assignedAt: row.assigned_at?.toISOString() ?? null,
    closedBy: row.closed_by,
    found: signals.map(showSignal),
    sampled: sampled.map((one) => ({ sampleId: one.sample_id, number: one.number, kind: one.kind, position: one.position })),
    notes: notes.map((one) => ({ id: one.id, by: one.by, at: one.at.toISOString(), text: openField(key, noteContext(id, one.id), one.text_sealed) })),
    mayTake: row.state !== 'closed' && row.assignee !== person,
    mayNote: row.state !== 'closed',
    mayClose: row.state === 'working' && row.assignee === person,
  };
}

/** Takes a case, also over from somebody else. */
export async function takeCase(deps: ReportsDeps, actor: Actor, id: string): Promise<void> {
  await work(deps, actor, id, 'take', async (tx, row, person) => {
    if (row.state === 'closed' || row.assignee === person) throw new CodedError('wrong_state', { params: { state: row.state, step: 'take' } });
    await store.assignCaseRow(tx, id, person, deps.now());
    await deps.audit.append(tx, { ...allowed(deps, actor), act: 'case.assign', subject: { kind: 'case', id }, facts: { number: row.number } });
  });
}

/** Writes a note, which is sealed. */
export async function noteCase(deps: ReportsDeps, actor: Actor, id: string, text: string): Promise<void> {
  await work(deps, actor, id, 'note', async (tx, row, person) => {
    if (row.state === 'closed') throw new CodedError('wrong_state', { params: { state: row.state, step: 'note' } });
    await writeNote(deps, tx, actor, row, person, text);
  });
}

/** Ends a case with its outcome and why; only by whom has taken it. */
export async function closeCase(deps: ReportsDeps, actor: Actor, id: string, input: { outcome: CaseOutcome; note: string }): Promise<void> {
  await work(deps, actor, id, 'close', async (tx, row, person) => {
    if (row.state !== 'working' || row.assignee !== person) throw new CodedError('wrong_state', { params: { state: row.state, step: 'close' } });
    await writeNote(deps, tx, actor, row, person, input.note);
    await store.closeCaseRow(tx, id, input.outcome, person, deps.now());
    await deps.audit.append(tx, {
      ...allowed(deps, actor),
      act: 'case.close',
      subject: { kind: 'case', id },
      facts: { number: row.number, outcome: input.outcome },
    });
  });
}

async function writeNote(deps: ReportsDeps, tx: Tx, actor: Actor, row: CaseRow, person: string, text: string): Promise<void> {
  const trimmed = text.trim();
  if (trimmed === '') throw invalidField('note', 'missing');
  if (trimmed.length > CASE_NOTE_LENGTH) throw invalidField('note', 'too_long', { max: CASE_NOTE_LENGTH });
  const id = newId();
  const entry = await deps.audit.append(tx, { ...allowed(deps, actor), act: 'case.note', subject: { kind: 'case', id: row.id }, facts: { note: id } });
  const sealed = sealField(deps.keystore.secret('cases'), noteContext(row.id, id), trimmed);
  await store.insertNote(tx, row.id, { id, by: person, at: deps.now(), text_sealed: sealed, entry: entry.id });
}

async function work(deps: ReportsDeps, actor: Actor, id: string, step: string, act: (tx: Tx, row: CaseRow, person: string) => Promise<void>): Promise<void> {
  const person = personOf(deps, actor);
  try {
    await deps.db.tx(async (tx) => {
      const row = await store.lockCase(tx, id);
      if (!row) throw new CodedError('not_found');
      if (row.person_id === person) throw new CodedError('same_person');
      await act(tx, row, person);
    });
  } catch (error) {
    if (error instanceof CodedError && (error.code === 'same_person' || error.code === 'wrong_state')) await refused(deps, actor, id, step, error.code);
    throw error;
  }
}

async function assertAnothers(deps: ReportsDeps, actor: Actor, row: CaseRow, step: string): Promise<void> {
  if (row.person_id !== actor.personId) return;
  await refused(deps, actor, row.id, step, 'same_person');
  throw new CodedError('same_person');
}

async function refused(deps: ReportsDeps, actor: Actor, id: string, step: string, why: string): Promise<void> {
  await deps.db.tx((tx) =>
    deps.audit.append(tx, { ...allowed(deps, actor), decision: 'deny', act: 'case.refused', subject: { kind: 'case', id }, facts: { asked: step, why } }),
  );
}

const allowed = (deps: ReportsDeps, actor: Actor): Pick<EntryInput, 'actor' | 'decision' | 'policy'> => ({
  actor,
  decision: 'allow',
  policy: deps.access.version(),
});

async function log(deps: ReportsDeps, actor: Actor, entry: Pick<EntryInput, 'act' | 'subject' | 'facts'>): Promise<void> {
  await deps.db.tx((tx) => deps.audit.append(tx, { ...allowed(deps, actor), ...entry }));
}

function personOf(deps: ReportsDeps, actor: Actor): string {
  deps.access.authorize(actor, 'case.work');
  if (actor.personId === null) throw new CodedError('forbidden');
  return actor.personId;
}

const noteContext = (caseId: string, noteId: string): string => `case/${caseId}/note/${noteId}`;
