import type { Actor, EntryInput } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import { phrasesFor, say, type Lang } from '../../phrases/index.js';
import { after, pageOf, PAGE, placeOf, type Page } from '../page.js';
import type { ReportsDeps } from '../deps.js';
import type { SignalKind } from './rules.js';
import { findSignal, listSignalRows, type CaseState, type SignalFilter, type SignalRow } from './store.js';

export interface SignalView {
  id: string;
  kind: SignalKind;
  personId: string;
  /** The day it is about, in the archive's zone. */
  day: string;
  /** The version of the rules that raised it. */
  rules: string;
  figures: Record<string, number>;
  /** Ids of readings; of audit entries for refusals. */
  evidence: string[];
  caseId: string;
  caseNumber: string;
  caseState: CaseState;
  raisedAt: string;
}

export const showSignal = (row: SignalRow): SignalView => ({
  id: row.id,
  kind: row.kind,
  personId: row.person_id,
  day: row.day,
  rules: row.rules,
  figures: row.figures,
  evidence: row.evidence,
  caseId: row.case_id,
  caseNumber: row.case_number,
  caseState: row.case_state,
  raisedAt: row.raised_at.toISOString(),
});

/** Why a signal was raised, in a sentence with its figures. */
export function signalWhy(lang: Lang, signal: Pick<SignalView, 'kind' | 'figures'>): string {
  const t = phrasesFor(lang).reports.signals;
  const { figures } = signal;
  const parts = [say(t.why[signal.kind], figures)];
  if (signal.kind === 'volume' && figures['ownLimit'] !== undefined) parts.push(say(t.own, figures));
  if (signal.kind === 'volume' && figures['peersLimit'] !== undefined) parts.push(say(t.peers, figures));
  return parts.join(t.between);
}

/** Signals 异常提示, newest first; never those about the viewer. */
export async function listSignals(deps: ReportsDeps, actor: Actor, input: SignalFilter & { after?: string | undefined } = {}): Promise<Page<SignalView>> {
  deps.access.authorize(actor, 'signal.view');
  if (actor.personId === null) throw new CodedError('forbidden');
  const { after: place, ...filter } = input;
  const rows = await listSignalRows(deps.db, actor.personId, filter, after(place), PAGE + 1);
  const by = Object.entries(filter).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  await log(deps, actor, { act: 'signal.list', subject: { kind: 'list', id: 'signals' }, facts: { shown: Math.min(rows.length, PAGE), by } });
  return pageOf(rows, showSignal, (row) => placeOf(row.raised_at, row.id));
}

/** One signal; whom it is about does not see it. */
export async function viewSignal(deps: ReportsDeps, actor: Actor, id: string): Promise<SignalView> {
  deps.access.authorize(actor, 'signal.view');
  const row = await findSignal(deps.db, id);
  if (!row || row.person_id === actor.personId) throw new CodedError('not_found');
  await log(deps, actor, { act: 'signal.view', subject: { kind: 'signal', id }, facts: { kind: row.kind } });
  return showSignal(row);
}

async function log(deps: ReportsDeps, actor: Actor, entry: Pick<EntryInput, 'act' | 'subject' | 'facts'>): Promise<void> {
  await deps.db.tx((tx) => deps.audit.append(tx, { actor, decision: 'allow', policy: deps.access.version(), ...entry }));
}
