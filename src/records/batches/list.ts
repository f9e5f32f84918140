import type { Actor } from '../../audit/index.js';
import { CodedError, isCoded } from '../../errors/index.js';
import { pageOf, readCursor, writeCursor, type Page } from '../catalogue/cursor.js';
import { PAGE_SIZE } from '../catalogue/filter.js';
import type { RecordsDeps } from '../deps.js';
import { callerId } from './current.js';
import {
  batchById,
  batchCounts,
  hasUnseen,
  isFilling,
  listBatches,
  lockBatch,
  setBatchState,
  transferRows,
  type BatchRow,
  type BatchScope,
  type TransferRow,
} from './store.js';

export interface Batch {
  id: string;
  kind: BatchRow['kind'];
  number: string;
  sourceSystem: string;
  state: BatchRow['state'];
  openedAt: string;
  handedOverBy: string | null;
  handedOverAt: string | null;
  receivedBy: string | null;
  receivedAt: string | null;
  total: number;
  archived: number;
  waiting: number;
  sentBack: number;
  files: number;
}

type Counts = Awaited<ReturnType<typeof batchCounts>>[number];

function show(row: BatchRow, counts: Counts | undefined): Batch {
  return {
    id: row.id,
    kind: row.kind,
    number: row.number,
    sourceSystem: row.source_system,
    state: row.state,
    openedAt: row.opened_at.toISOString(),
    handedOverBy: row.handed_over_by,
    handedOverAt: row.handed_over_at?.toISOString() ?? null,
    receivedBy: row.received_by,
    receivedAt: row.received_at?.toISOString() ?? null,
    total: counts?.total ?? 0,
    archived: counts?.archived ?? 0,
    waiting: counts?.waiting ?? 0,
    sentBack: counts?.sent_back ?? 0,
    files: counts?.files ?? 0,
  };
}

/** Whose batches this actor sees: his own, and those of which he finds a record. */
function scopeOf(deps: RecordsDeps, actor: Actor): BatchScope {
  return { caller: callerId(actor), rights: deps.access.where(actor, 'record.list', 'r'), empty: deps.access.mayEver(actor, 'batch.confirm') };
}

/** Batches of intake, newest first. */
export async function listIntakeBatches(deps: RecordsDeps, actor: Actor, after?: string): Promise<Page<Batch>> {
  deps.access.authorize(actor, 'batch.view');
  const rows = await listBatches(deps.db, scopeOf(deps, actor), readCursor(after), PAGE_SIZE + 1);
  const counts = new Map(
    (
      await batchCounts(
        deps.db,
        rows.map((row) => row.id),
      )
    ).map((row) => [row.batch_id, row]),
  );
  await deps.db.tx(async (tx) => {
    await deps.audit.append(tx, {
      actor,
      act: 'batch.list',
      subject: { kind: 'list', id: 'batches' },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { count: Math.min(rows.length, PAGE_SIZE) },
    });
  });
  return pageOf(
    rows,
    PAGE_SIZE,
    (row) => show(row, counts.get(row.id)),
    (row) => writeCursor(row.opened_at, row.id),
  );
}

export async function viewBatch(deps: RecordsDeps, actor: Actor, id: string): Promise<Batch> {
  deps.access.authorize(actor, 'batch.view');
  const row = await batchById(deps.db, id, scopeOf(deps, actor));
  await deps.db.tx(async (tx) => {
    await deps.audit.append(tx, { actor, act: 'batch.view', subject: { kind: 'batch', id }, decision: row ? 'allow' : 'deny', policy: deps.access.version() });
  });
  if (!row) throw new CodedError('not_found');
  const [counts] = await batchCounts(deps.db, [id]);
  return show(row, counts);
}

/**
 * Moves a batch on: `hand_over` by the side that made the records, then `confirm` by the archive — another person.
 * Nothing in it may still wait; what was sent back stays open and keeps the batch open.
 */
export async function moveBatch(deps: RecordsDeps, actor: Actor, input: { batchId: string; step: 'hand_over' | 'confirm' }): Promise<void> {
  const { personId } = actor;
  if (personId === null) throw new CodedError('forbidden');
  deps.access.authorize(actor, input.step === 'hand_over' ? 'batch.hand_over' : 'batch.confirm');
  await move(deps, actor, personId, input).catch(async (error: unknown) => {
    if (isCoded(error) && ['not_found', 'forbidden', 'same_person'].includes(error.code)) await logMove(deps, actor, input, error.code);
    throw error;
  });
}

async function logMove(deps: RecordsDeps, actor: Actor, input: { batchId: string; step: string }, why: string): Promise<void> {
  await deps.db.tx(async (tx) => {
    await deps.audit.append(tx, {
      actor,
      act: `batch.${input.step}`,
      subject: { kind: 'batch', id: input.batchId },
      decision: 'deny',
      policy: deps.access.version(),
      facts: { why },
    });
  });
}

async function move(deps: RecordsDeps, actor: Actor, personId: string, input: { batchId: string; step: 'hand_over' | 'confirm' }): Promise<void> {
  await deps.db.tx(async (tx) => {
    const scope = scopeOf(deps, actor);
    const batch = await lockBatch(tx, input.batchId, scope);
    if (!batch) throw new CodedError('not_found');
    if (batch.opened_by !== scope.caller && (await hasUnseen(tx, batch.id, scope.rights))) throw new CodedError('forbidden');
    if (await isFilling(tx, batch.id)) throw new CodedError('wrong_state', { params: { state: 'running', step: input.step } });
    const [counts] = await batchCounts(tx, [batch.id]);
    const at = deps.now();
    if (input.step === 'hand_over') {
      if (batch.state !== 'open' || !counts || counts.total === 0 || counts.waiting + counts.sent_back > 0) {
        throw new CodedError('wrong_state', { params: { state: batch.state, step: input.step, waiting: (counts?.waiting ?? 0) + (counts?.sent_back ?? 0) } });
      }
      await setBatchState(tx, batch.id, { state: 'handed_over', at, by: personId });
    } else {
      if (batch.state !== 'handed_over') throw new CodedError('wrong_state', { params: { state: batch.state, step: input.step } });
      if (batch.handed_over_by === personId) throw new CodedError('same_person');
      await setBatchState(tx, batch.id, { state: 'confirmed', at, by: personId });
    }
    await deps.audit.append(tx, {
      actor,
      act: `batch.${input.step}`,
      subject: { kind: 'batch', id: batch.id },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { records: counts?.total ?? 0 },
    });
  });
}

/** The transfer list 归档移交清册 of a batch: its head and its lines. */
export async function transferList(deps: RecordsDeps, actor: Actor, id: string): Promise<{ batch: Batch; rows: AsyncIterable<TransferRow[]> }> {
  deps.access.authorize(actor, 'batch.view');
  const row = await batchById(deps.db, id, scopeOf(deps, actor));
  await deps.db.tx(async (tx) => {
    await deps.audit.append(tx, { actor, act: 'batch.print', subject: { kind: 'batch', id }, decision: row ? 'allow' : 'deny', policy: deps.access.version() });
  });
  if (!row) throw new CodedError('not_found');
  const [counts] = await batchCounts(deps.db, [id]);
  return { batch: show(row, counts), rows: transferRows(deps.db, id, deps.access.where(actor, 'record.list', 'r')) };
}
