import type { Actor } from '../../audit/index.js';
import { openField } from '../../crypto/index.js';
import { pageOf, readCursor, writeCursor, type Page } from '../catalogue/cursor.js';
import { PAGE_SIZE } from '../catalogue/filter.js';
import { summaryOf, type RecordSummary } from '../catalogue/row.js';
import { reasonContext } from '../catalogue/view.js';
import type { RecordsDeps } from '../deps.js';
import { countLowerings } from './lowering/store.js';
import { sentBackTo, waitingCounts, waitingRecords, type WaitingRow } from './store.js';

export interface Waiting extends RecordSummary {
  missing: WaitingRow['missing'];
  similarTo: string | null;
  reason: string | null;
}

function show(deps: RecordsDeps): (row: WaitingRow) => Waiting {
  const now = deps.now();
  return (row) => ({
    ...summaryOf(row, now, deps.settings.zone),
    missing: row.missing,
    similarTo: row.similar_to,
    reason: row.sent_back_reason === null ? null : openField(deps.keystore.secret('catalogue'), reasonContext(row.id), row.sent_back_reason),
  });
}

/** The list 待整理: what is incomplete and waits for the clerk, or was sent back and waits for its sender. */
export async function listWaiting(
  deps: RecordsDeps,
  actor: Actor,
  input: { state: 'received' | 'sent_back'; after?: string | undefined },
): Promise<Page<Waiting>> {
  const rows = await waitingRecords(
    deps.db,
    deps.access.where(actor, 'record.arrange', 'r'),
    deps.access.where(actor, 'record.list', 's'),
    input.state,
    readCursor(input.after),
    PAGE_SIZE + 1,
  );
  const page = pageOf(rows, PAGE_SIZE, show(deps), (row) => writeCursor(row.received_at, row.id));
  await log(deps, actor, input.state, page.items.length);
  return page;
}

/** What was sent back to this person. */
export async function listSentBackToMe(deps: RecordsDeps, actor: Actor): Promise<Waiting[]> {
  if (actor.personId === null) return [];
  const rows = await sentBackTo(deps.db, actor.personId, deps.access.where(actor, 'record.list', 's'), PAGE_SIZE);
  await log(deps, actor, 'mine', rows.length);
  return rows.map(show(deps));
}

async function log(deps: RecordsDeps, actor: Actor, which: string, count: number): Promise<void> {
  await deps.db.tx(async (tx) => {
    await deps.audit.append(tx, {
      actor,
      act: 'record.waiting',
      subject: { kind: 'list', id: 'waiting' },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { which, count },
    });
  });
}

/** Numbers for the home page: how much waits for the clerk, for the sender, for the records manager. */
export async function countWaiting(
  deps: RecordsDeps,
  actor: Actor,
): Promise<{ received: number; sentBack: number; mine: number; terms: number; lowerings: number }> {
  const row = await waitingCounts(deps.db, deps.access.where(actor, 'record.arrange', 'r'), actor.personId);
  const lowerings = deps.access.mayEver(actor, 'record.reclassify')
    ? await countLowerings(deps.db, deps.access.where(actor, 'record.reclassify', 'r'), actor.personId)
    : 0;
  return {
    received: row.received,
    sentBack: row.sent_back,
    mine: row.mine,
    terms: deps.access.mayEver(actor, 'record.confirm_term') ? row.terms : 0,
    lowerings,
  };
}
