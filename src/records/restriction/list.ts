import type { Actor } from '../../audit/index.js';
import { openField } from '../../crypto/index.js';
import { CodedError } from '../../errors/index.js';
import { pageOf, readCursor, writeCursor, type Page } from '../catalogue/cursor.js';
import { PAGE_SIZE } from '../catalogue/filter.js';
import { summaryOf, type CatalogueRecord, type RecordSummary } from '../catalogue/row.js';
import { COLUMNS } from '../catalogue/store.js';
import type { RecordsDeps } from '../deps.js';
import { reasonContext, releaseContext } from './contexts.js';
import { onRestriction } from './refusal.js';
import { countRestrictions, countSpokenOf, pageOfRestrictions, recordsOf, restrictionById, type RestrictionRow } from './store.js';
import type { RestrictionGround, RestrictionState } from './values.js';

/** Records shown on a restriction's page. */
const RECORDS_SHOWN = 50;

export interface Restriction {
  id: string;
  /** `null`: over named records. */
  client: string | null;
  ground: RestrictionGround;
  reason: string;
  requestId: string | null;
  state: RestrictionState;
  records: number;
  proposedBy: string;
  proposedAt: string;
  decidedBy: string | null;
  decidedAt: string | null;
  releaseReason: string | null;
  releaseProposedBy: string | null;
  releaseProposedAt: string | null;
  releasedBy: string | null;
  releasedAt: string | null;
  /** Whether the viewer proposed the step that waits: somebody else has to answer. */
  own: boolean;
}

function show(deps: RecordsDeps, actor: Actor): (row: RestrictionRow) => Restriction {
  const secret = deps.keystore.secret('catalogue');
  return (row) => ({
    id: row.id,
    client: row.client_number,
    ground: row.ground as RestrictionGround,
    reason: openField(secret, reasonContext(row.id), row.reason_sealed),
    requestId: row.request_id,
    state: row.state,
    records: row.records,
    proposedBy: row.proposed_by,
    proposedAt: row.proposed_at.toISOString(),
    decidedBy: row.decided_by,
    decidedAt: row.decided_at?.toISOString() ?? null,
    releaseReason: row.release_reason_sealed === null ? null : openField(secret, releaseContext(row.id), row.release_reason_sealed),
    releaseProposedBy: row.release_proposed_by,
    releaseProposedAt: row.release_proposed_at?.toISOString() ?? null,
    releasedBy: row.released_by,
    releasedAt: row.released_at?.toISOString() ?? null,
    own: actor.personId === (row.state === 'release_proposed' ? row.release_proposed_by : row.proposed_by),
  });
}

/** Who may see restrictions: those who agree to them, and so those who set them. */
function mayLook(deps: RecordsDeps, actor: Actor): void {
  deps.access.authorize(actor, 'privacy.decide');
}

/** Restrictions, newest first; one entry for the list. */
export async function listRestrictions(
  deps: RecordsDeps,
  actor: Actor,
  filter: { states?: readonly RestrictionState[] | undefined; requestId?: string | undefined; recordId?: string | undefined } = {},
  after?: string,
): Promise<Page<Restriction>> {
  mayLook(deps, actor);
  const rows = await pageOfRestrictions(
    deps.db,
    { states: filter.states, request: filter.requestId, record: filter.recordId },
    readCursor(after),
    PAGE_SIZE + 1,
  );
  const page = pageOf(rows, PAGE_SIZE, show(deps, actor), (row) => writeCursor(row.proposed_at, row.id));
  await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act: 'restriction.list',
      subject: { kind: 'list', id: 'restrictions' },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { shown: page.items.length },
    }),
  );
  return page;
}

export interface RestrictionView extends Restriction {
  /** As far as the viewer may find them, newest first, at most fifty. */
  covered: RecordSummary[];
}

/** One restriction with the records it covers. */
export async function viewRestriction(deps: RecordsDeps, actor: Actor, id: string): Promise<RestrictionView> {
  return onRestriction(deps, actor, { act: 'restriction.view', id }, async () => {
    mayLook(deps, actor);
    const row = await restrictionById(deps.db, id);
    if (!row) throw new CodedError('not_found');
    const rows = await recordsOf(deps.db, row.id, row.client_number, deps.access.where(actor, 'record.list', 'r'), COLUMNS, RECORDS_SHOWN);
    await deps.db.tx((tx) =>
      deps.audit.append(tx, {
        actor,
        act: 'restriction.view',
        subject: { kind: 'restriction', id },
        decision: 'allow',
        policy: deps.access.version(),
        facts: { shown: rows.length },
      }),
    );
    // before it is agreed to nothing was counted: how many there are now is what whoever agrees must know
    const records = row.state === 'proposed' ? await countSpokenOf(deps.db, row.id, row.client_number) : row.records;
    return {
      ...show(deps, actor)({ ...row, records }),
      covered: rows.map((one) => summaryOf(one as unknown as CatalogueRecord, deps.now(), deps.settings.zone)),
    };
  });
}

/** Steps on restrictions that wait for this person's answer. */
export async function restrictionsWaiting(deps: RecordsDeps, actor: Actor): Promise<number> {
  return deps.access.decide(actor, 'privacy.decide').allow ? countRestrictions(deps.db, actor.personId) : 0;
}
