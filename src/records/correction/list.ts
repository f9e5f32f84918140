import type { Actor } from '../../audit/index.js';
import { openField } from '../../crypto/index.js';
import { CodedError } from '../../errors/index.js';
import { readBody } from '../arrange/body.js';
import { onRecord } from '../arrange/refusal.js';
import { pageOf, readCursor, writeCursor, type Page } from '../catalogue/cursor.js';
import { PAGE_SIZE } from '../catalogue/filter.js';
import type { RecordsDeps } from '../deps.js';
import { fieldChanges, type FieldChange } from './changes.js';
import { assertShown, correctionContext } from './propose.js';
import { correctionById, correctionsOf, countCorrections, versionBody, type CorrectionRow, mayCorrect } from './store.js';

export interface Correction {
  id: string;
  recordId: string;
  title: string;
  serviceNo: string;
  archivalCode: string | null;
  fields: string[];
  reason: string;
  requestId: string | null;
  state: 'proposed' | 'agreed' | 'refused';
  proposedBy: string;
  proposedAt: string;
  decidedBy: string | null;
  decidedAt: string | null;
  /** Whether the viewer proposed it: somebody else has to answer. */
  own: boolean;
}

const show =
  (deps: RecordsDeps, actor: Actor) =>
  (row: CorrectionRow): Correction => ({
    id: row.id,
    recordId: row.record_id,
    title: row.title,
    serviceNo: row.service_no,
    archivalCode: row.archival_code,
    fields: row.fields,
    // erased with a record that was destroyed
    reason: row.reason_sealed.length === 0 ? '' : openField(deps.keystore.secret('catalogue'), correctionContext(row.id), row.reason_sealed),
    requestId: row.request_id,
    state: row.state,
    proposedBy: row.proposed_by,
    proposedAt: row.proposed_at.toISOString(),
    decidedBy: row.decided_by,
    decidedAt: row.decided_at?.toISOString() ?? null,
    own: row.proposed_by === actor.personId,
  });

/** Corrections, oldest first, of records that the viewer may correct; those that wait where no state is named. */
export async function listCorrections(
  deps: RecordsDeps,
  actor: Actor,
  filter: { state?: Correction['state'] | undefined; recordId?: string | undefined; requestId?: string | undefined } = { state: 'proposed' },
  after?: string,
): Promise<Page<Correction>> {
  deps.access.authorizeEver(actor, 'record.correct');
  const rights = mayCorrect(deps, actor);
  const rows = await correctionsOf(
    deps.db,
    { state: filter.state, record: filter.recordId, request: filter.requestId },
    rights,
    readCursor(after),
    PAGE_SIZE + 1,
  );
  const page = pageOf(rows, PAGE_SIZE, show(deps, actor), (row) => writeCursor(row.proposed_at, row.id));
  await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act: 'record.correction_list',
      subject: { kind: 'list', id: 'corrections' },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { shown: page.items.length },
    }),
  );
  return page;
}

export interface CorrectionView extends Correction {
  /** What changes, in the record's own words: it is content, and looking at it is on record like any reading of it. */
  changes: FieldChange[];
}

/** A correction with what it changes, for whoever may correct the record. Both bodies are opened, each with its entry. */
export async function viewCorrection(deps: RecordsDeps, actor: Actor, id: string): Promise<CorrectionView> {
  const row = await correctionById(deps.db, id, mayCorrect(deps, actor));
  return onRecord(deps, actor, { act: 'record.correct', recordId: row?.record_id ?? id }, async () => {
    if (!row) throw new CodedError('not_found');
    assertShown(actor, row);
    const from = await versionBody(deps.db, row.from_version);
    if (!from) throw new CodedError('not_found');
    const [before, after] = await Promise.all([
      readBody(deps, actor, { recordId: row.record_id, versionId: row.from_version, objectId: from.object, size: Number(from.size) }, 'correct'),
      readBody(deps, actor, { recordId: row.record_id, versionId: row.new_version, objectId: row.body_object, size: Number(row.body_size) }, 'correct'),
    ]);
    await deps.db.tx((tx) =>
      deps.audit.append(tx, {
        actor,
        act: 'record.correction_view',
        subject: { kind: 'record', id: row.record_id, version: row.new_version },
        decision: 'allow',
        policy: deps.access.version(),
        facts: { correction: row.id },
      }),
    );
    const wanted = new Set(row.fields);
    const changes = fieldChanges(before.draft, after.draft).filter((one) => wanted.has(one.field.replace(/\.\d+(?=\.|$)/g, '')));
    return { ...show(deps, actor)(row), changes };
  });
}

/** Corrections that wait for this person's answer. */
export async function correctionsWaiting(deps: RecordsDeps, actor: Actor): Promise<number> {
  return deps.access.mayEver(actor, 'record.correct') ? countCorrections(deps.db, mayCorrect(deps, actor), actor.personId) : 0;
}
