import type { Actor } from '../../../audit/index.js';
import { pageOf, readCursor, writeCursor, type Page } from '../../catalogue/cursor.js';
import { PAGE_SIZE } from '../../catalogue/filter.js';
import type { RecordsDeps } from '../../deps.js';
import type { Sensitivity } from '../../values.js';
import { waitingLowerings } from './store.js';

export interface WaitingLowering {
  id: string;
  recordId: string;
  title: string;
  serviceNo: string;
  archivalCode: string | null;
  from: Sensitivity;
  to: Sensitivity;
  proposedBy: string;
  proposedAt: string;
  /** Whether the viewer proposed it: somebody else has to answer. */
  own: boolean;
}

/** Sensitivities that wait to be lowered, oldest first; one entry for the list. */
export async function listLowerings(deps: RecordsDeps, actor: Actor, after?: string): Promise<Page<WaitingLowering>> {
  deps.access.authorizeEver(actor, 'record.reclassify');
  const rows = await waitingLowerings(deps.db, deps.access.where(actor, 'record.reclassify', 'r'), readCursor(after), PAGE_SIZE + 1);
  const page = pageOf(
    rows,
    PAGE_SIZE,
    (row): WaitingLowering => ({
      id: row.id,
      recordId: row.record_id,
      title: row.title,
      serviceNo: row.service_no,
      archivalCode: row.archival_code,
      from: row.from_level as Sensitivity,
      to: row.to_level as Sensitivity,
      proposedBy: row.proposed_by,
      proposedAt: row.proposed_at.toISOString(),
      own: row.proposed_by === actor.personId,
    }),
    (row) => writeCursor(row.proposed_at, row.id),
  );
  await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act: 'record.lowering_list',
      subject: { kind: 'list', id: 'lowerings' },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { shown: page.items.length },
    }),
  );
  return page;
}
