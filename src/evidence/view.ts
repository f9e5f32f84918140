import { goneEntries, type Actor, type GoneEntries } from '../audit/index.js';
import { openField } from '../crypto/index.js';
import { CodedError } from '../errors/index.js';
import { allowed, personOf, reasonContext } from './acts.js';
import type { EvidenceDeps } from './deps.js';
import { countToDecide, findPack, listPackRows, type PackRow } from './store.js';
import type { PackKind, PackState } from './values.js';

/** Rows of a page. */
const PAGE = 50;

/** As it is shown: what was approved is being made; what is ready and over its time is lapsed. */
export type ShownState = PackState | 'making' | 'lapsed';

export interface PackSummary {
  id: string;
  number: string;
  kind: PackKind;
  from: string;
  to: string;
  state: ShownState;
  askedBy: string;
  askedAt: string;
  /** Entries inside, or that were there when it was asked for. */
  entries: number;
}

export interface PackView extends PackSummary {
  personId: string | null;
  client: string | null;
  recordId: string | null;
  sides: boolean;
  needsApproval: boolean;
  reason: string;
  decidedBy: string | null;
  decidedAt: string | null;
  endedAt: string | null;
  failure: string | null;
  size: string | null;
  digest: string | null;
  sums: string | null;
  until: string | null;
  /** Logs of that time whose entries are gone by rule: of them the pack holds what stays. */
  gone: GoneEntries[];
  /** How far its making is. */
  done: number;
  total: number;
  mayDecide: boolean;
  mayWithdraw: boolean;
  mayFetch: boolean;
}

const stateOf = (row: PackRow, now: Date): ShownState =>
  row.state === 'approved' && row.done !== null ? 'making' : row.state === 'ready' && row.until !== null && row.until <= now ? 'lapsed' : row.state;

const summary = (row: PackRow, now: Date): PackSummary => ({
  id: row.id,
  number: row.number,
  kind: row.kind,
  from: row.from_day,
  to: row.to_day,
  state: stateOf(row, now),
  askedBy: row.asked_by,
  askedAt: row.asked_at.toISOString(),
  entries: row.entries ?? row.found,
});

/** Packs, newest first. Looking is on record. */
export async function listEvidence(
  deps: EvidenceDeps,
  actor: Actor,
  input: { state?: PackState | undefined; after: { at: Date; id: string } | null },
): Promise<{ items: PackSummary[]; next: { at: Date; id: string } | null }> {
  personOf(deps, actor, 'evidence.view');
  const rows = await listPackRows(deps.db, input.state, input.after, PAGE + 1);
  const shown = rows.slice(0, PAGE);
  await deps.db.tx((tx) =>
    deps.audit.append(tx, { ...allowed(deps, actor), act: 'evidence.list', subject: { kind: 'list', id: 'evidence' }, facts: { shown: shown.length } }),
  );
  const last = shown.at(-1);
  return { items: shown.map((row) => summary(row, deps.now())), next: rows.length > PAGE && last ? { at: last.asked_at, id: last.id } : null };
}

/** One pack: what it is about, why, who approved it, how far it is. Looking is on record. @throws `not_found` */
export async function viewEvidence(deps: EvidenceDeps, actor: Actor, id: string): Promise<PackView> {
  const person = personOf(deps, actor, 'evidence.view');
  const row = await findPack(deps.db, id);
  if (!row) throw new CodedError('not_found');
  await deps.db.tx((tx) =>
    deps.audit.append(tx, { ...allowed(deps, actor), act: 'evidence.view', subject: { kind: 'evidence', id }, facts: { number: row.number } }),
  );
  const now = deps.now();
  const waiting = row.state === 'waiting';
  return {
    ...summary(row, now),
    personId: row.person_id,
    client: row.client_number,
    recordId: row.record_id,
    sides: row.sides,
    needsApproval: row.needs_approval,
    reason: openField(deps.keystore.secret('evidence'), reasonContext(id), row.reason_sealed),
    decidedBy: row.decided_by,
    decidedAt: row.decided_at?.toISOString() ?? null,
    endedAt: row.ended_at?.toISOString() ?? null,
    failure: row.failure,
    size: row.size === null ? null : String(row.size),
    digest: row.digest,
    sums: row.sums,
    until: row.until?.toISOString() ?? null,
    gone: await goneEntries(deps.db, { from: row.from_at, to: row.to_at }),
    done: row.done ?? 0,
    total: row.total === null || row.total === 0 ? row.found : row.total,
    mayDecide: waiting && row.asked_by !== person && row.person_id !== person && deps.access.mayEver(actor, 'evidence.approve'),
    mayWithdraw: waiting && row.asked_by === person,
    mayFetch: stateOf(row, now) === 'ready' && row.asked_by === person,
  };
}

/** How far the making of a pack is; nothing of what it is about. */
export async function evidenceProgress(deps: EvidenceDeps, actor: Actor, id: string): Promise<{ done: number; total: number; finished: boolean }> {
  personOf(deps, actor, 'evidence.view');
  const row = await findPack(deps.db, id);
  if (!row) throw new CodedError('not_found');
  return { done: row.done ?? 0, total: row.total === null || row.total === 0 ? row.found : row.total, finished: row.state !== 'approved' };
}

/** How many packs wait for this person's answer: what stands on the home page. */
export async function evidenceToDecide(deps: Pick<EvidenceDeps, 'db' | 'access'>, actor: Actor): Promise<number> {
  return countToDecide(deps.db, personOf(deps, actor, 'evidence.approve'));
}
