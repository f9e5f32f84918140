import type { Actor } from '../../../audit/index.js';
import { CodedError } from '../../../errors/index.js';
import type { HoldsDeps } from '../deps.js';
import { onHold } from '../refusal.js';
import { holdById, recordsOfHold } from './store.js';

/** A record of a hold, as a line of a table. */
export interface HeldLine {
  archival_code: string | null;
  service_no: string;
  title: string;
  department: string;
  closed_at: Date;
  state: string;
  since: Date;
  caught: boolean;
  until: Date | null;
}

/** The records of a hold as a stream, as far as the viewer may find them; the entry stands before the first line leaves. */
export async function exportHold(deps: HoldsDeps, actor: Actor, id: string): Promise<{ number: string; lines: AsyncIterable<HeldLine[]> }> {
  return onHold(deps, actor, { act: 'hold.export', id }, async () => {
    deps.access.authorize(actor, 'hold.view');
    const row = await holdById(deps.db, id);
    if (!row) throw new CodedError('not_found');
    await deps.db.tx((tx) =>
      deps.audit.append(tx, {
        actor,
        act: 'hold.export',
        subject: { kind: 'hold', id },
        decision: 'allow',
        policy: deps.access.version(),
        facts: { number: row.number },
      }),
    );
    return { number: row.number, lines: deps.db.stream<HeldLine>(recordsOfHold(id, deps.access.where(actor, 'record.list', 'r'))) };
  });
}
