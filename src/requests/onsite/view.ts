import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import { maySeeCopies } from '../certify/certify.js';
import type { RequestsDeps } from '../deps.js';
import { onRequest } from '../refusal.js';
import { openOutsider, openText } from '../seals.js';
import { findRequest, recordsOfRequest, type RequestRow } from '../store.js';
import { isOpen } from './show.js';
import { findVisit, readingsOfVisits, visitsOf, type BrokenOff, type VisitReadingRow, type VisitRow } from './store.js';

export interface SiteVisit {
  id: string;
  requestId: string;
  number: string;
  /** Who sat at the screen. */
  visitor: { name: string; organisation: string };
  /** Person who stood by. */
  supervisor: string;
  place: string;
  purpose: string;
  beganAt: string;
  endedAt: string | null;
  state: 'open' | 'ended';
  result: VisitRow['result'];
  note: string;
  signed: boolean | null;
  /** When it ends by itself; `null`: begun before visits had a session of their own. */
  endsAt: string | null;
  /** Ended without who stood by: why. */
  brokenOff: BrokenOff | null;
  /** How often somebody tried to get anywhere else at the screen. */
  strayed: number;
  /** What was shown, in order. */
  shown: { readingId: string; recordId: string; at: string; endedAt: string | null; open: boolean }[];
}

export interface OpenVisit extends SiteVisit {
  /** What may be shown. */
  records: { id: string; title: string; code: string }[];
}

function visitView(deps: RequestsDeps, row: RequestRow, visit: VisitRow, readings: readonly VisitReadingRow[]): SiteVisit {
  const outsider = openOutsider(deps, row.id, row.outsider_sealed);
  const now = deps.now();
  return {
    id: visit.id,
    requestId: row.id,
    number: row.number,
    visitor: { name: outsider?.name ?? '', organisation: outsider?.organisation ?? '' },
    supervisor: visit.supervisor,
    place: visit.place,
    purpose: row.purpose,
    beganAt: visit.began_at.toISOString(),
    endedAt: visit.ended_at?.toISOString() ?? null,
    state: visit.state,
    result: visit.result,
    note: openText(deps, row.id, `visit/${visit.id}`, visit.note_sealed),
    signed: visit.signed,
    endsAt: visit.ends_at?.toISOString() ?? null,
    brokenOff: visit.broken_off,
    strayed: visit.strayed,
    shown: readings
      .filter((one) => one.visit_id === visit.id)
      .map((one) => ({
        readingId: one.reading_id,
        recordId: one.record_id,
        at: one.opened_at.toISOString(),
        endedAt: one.ended_at?.toISOString() ?? null,
        open: isOpen(one, now),
      })),
  };
}

async function logView(
  deps: RequestsDeps,
  actor: Actor,
  row: RequestRow,
  facts: Record<string, string | number>,
  act: 'request.visit_view' | 'request.visit_slip' = 'request.visit_view',
): Promise<void> {
  await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act,
      subject: { kind: 'request', id: row.id },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { number: row.number, ...facts },
    }),
  );
}

/** The visits of one application, for its applicant and whoever keeps the register; looking is on record. */
export async function listVisits(deps: RequestsDeps, actor: Actor, requestId: string): Promise<SiteVisit[]> {
  return onRequest(deps, actor, { id: requestId, step: 'visits' }, async () => {
    const row = await findRequest(deps.db, requestId);
    if (!row || row.kind !== 'external' || !maySeeCopies(deps, actor, row)) throw new CodedError('not_found');
    const visits = await visitsOf(deps.db, [row.id]);
    const readings = await readingsOfVisits(
      deps.db,
      visits.map((one) => one.id),
    );
    await logView(deps, actor, row, { shown: visits.length });
    return visits.map((one) => visitView(deps, row, one, readings));
  });
}

/** One visit, with what may be shown in it; `slip`: to be printed and signed. */
export async function viewVisit(deps: RequestsDeps, actor: Actor, visitId: string, slip = false): Promise<OpenVisit> {
  const visit = await findVisit(deps.db, visitId);
  return onRequest(deps, actor, { id: visit?.request_id ?? visitId, step: 'visits' }, async () => {
    const row = visit && (await findRequest(deps.db, visit.request_id));
    if (!visit || !row || !maySeeCopies(deps, actor, row)) throw new CodedError('not_found');
    const list = await recordsOfRequest(deps.db, row.id);
    const readings = await readingsOfVisits(deps.db, [visit.id]);
    await logView(deps, actor, row, { visit: visit.id }, slip ? 'request.visit_slip' : 'request.visit_view');
    return {
      ...visitView(deps, row, visit, readings),
      records: list
        .filter((one) => one.kept && one.fit === 'fit')
        .map((one) => ({ id: one.record_id, title: one.title, code: one.archival_code ?? one.service_no })),
    };
  });
}
