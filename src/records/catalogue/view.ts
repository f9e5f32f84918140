import type { Actor } from '../../audit/index.js';
import { openField } from '../../crypto/index.js';
import { CodedError } from '../../errors/index.js';
import type { RecordsDeps } from '../deps.js';
import { lastReading, type LastReading } from '../readings/last.js';
import { filesOfVersion, grantedPurposes } from '../readings/store.js';
import { waitingLowering } from '../arrange/lowering/store.js';
import type { Sensitivity } from '../values.js';
import { summaryOf, type RecordSummary } from './row.js';
import { CORRECTABLE } from '../correction/states.js';
import { isReadable } from '../states.js';
import { historyOf, readingsOf, recordDetail, versionsOf, type HistoryRow, type ReadingEvent, type RecordDetail, type VersionRow } from './store.js';

/** Readings shown on a record's page. */
const READINGS_SHOWN = 20;

export interface RecordView extends RecordSummary {
  missing: RecordDetail['missing'];
  similarTo: string | null;
  sentBackReason: string | null;
  crossReference: string;
  returnCallAt: string | null;
  schemeVersion: string;
  term: { until: string; minimum: string; maximum: string | null; rule: string; version: string; reasons: unknown[]; special: RecordDetail['special_term'] };
  batchNumber: string;
  versions: VersionRow[];
  history: HistoryRow[];
  readings: ReadingEvent[];
  files: { id: string; name: string; extension: string; mediaType: string; size: number; flags: string[] }[];
  /** Purposes for which this record may be read, with the scheme's words. */
  purposes: { code: string; zh: string; en: string }[];
  /** Offered for the next reading. */
  last: LastReading | null;
  /** A lower sensitivity that waits for a second person. */
  lowering: { to: Sensitivity; proposedAt: string; own: boolean } | null;
  may: {
    read: boolean;
    download: boolean;
    arrange: boolean;
    sendBack: boolean;
    reclassify: boolean;
    confirmTerm: boolean;
    emergency: boolean;
    correct: boolean;
  };
}

/** The catalogue's view of a record: everything but content; personal data masked. On record, one entry a view. */
export async function viewRecord(deps: RecordsDeps, actor: Actor, id: string): Promise<RecordView> {
  const row = await recordDetail(
    deps.db,
    id,
    deps.access.where(actor, 'record.view', 'r'),
    deps.access.where(actor, 'record.list', 's'),
    deps.access.granted(actor, 'r'),
  );
  await deps.db.tx(async (tx) => {
    await deps.audit.append(tx, {
      actor,
      act: row ? 'record.view' : 'record.refused',
      subject: { kind: 'record', id },
      decision: row ? 'allow' : 'deny',
      policy: deps.access.version(),
    });
  });
  if (!row) throw new CodedError('not_found');
  const files = await filesOfVersion(deps.db, id);
  const scheme = deps.schemes.get(row.scheme_version);
  return {
    ...summaryOf(row, deps.now(), deps.settings.zone),
    missing: row.missing,
    similarTo: row.similar_to,
    sentBackReason: row.sent_back_reason === null ? null : openField(deps.keystore.secret('catalogue'), reasonContext(id), row.sent_back_reason),
    crossReference: row.cross_reference,
    returnCallAt: row.return_call_at?.toISOString() ?? null,
    schemeVersion: row.scheme_version,
    term: {
      until: row.term_until,
      minimum: row.term_minimum,
      maximum: row.term_maximum,
      rule: row.term_rule,
      version: row.schedule_version,
      reasons: row.term_reasons,
      special: row.special_term,
    },
    batchNumber: row.batch_number,
    versions: await versionsOf(deps.db, id),
    history: await historyOf(deps.db, id),
    readings: await readingsOf(deps.db, id, actor.accountId, READINGS_SHOWN),
    files: files.map((file) => ({
      id: file.id,
      name: file.name,
      extension: file.extension,
      mediaType: file.media_type,
      size: Number(file.size),
      flags: file.flags,
    })),
    purposes: (await purposesOf(deps, actor, row)).map((code) => ({ code, zh: scheme.purposes[code]?.zh ?? code, en: scheme.purposes[code]?.en ?? code })),
    last: await lastReading(deps, actor, await purposesOf(deps, actor, row)),
    lowering: await loweringOn(deps, actor, row),
    may: rightsOn(deps, actor, row),
  };
}

/** Those of the record's type, and those of grants on it. */
async function purposesOf(deps: RecordsDeps, actor: Actor, row: RecordDetail): Promise<string[]> {
  if (row.granted.length === 0 || actor.personId === null) return row.purposes;
  return [...new Set([...row.purposes, ...(await grantedPurposes(deps.db, actor.personId, row.id, deps.now()))])];
}

/** Associated data of the sealed reason for which a record was sent back. */
export function reasonContext(recordId: string): string {
  return `record/${recordId}/sent-back`;
}

/** Only who may reclassify is told of it. */
async function loweringOn(deps: RecordsDeps, actor: Actor, row: RecordDetail): Promise<RecordView['lowering']> {
  if (!deps.access.decide(actor, 'record.reclassify', row).allow) return null;
  const found = await waitingLowering(deps.db, row.id);
  return found ? { to: found.to_level as Sensitivity, proposedAt: found.proposed_at.toISOString(), own: found.proposed_by === actor.personId } : null;
}

function rightsOn(deps: RecordsDeps, actor: Actor, row: RecordDetail): RecordView['may'] {
  // of what is destroyed, or about to be, nothing is read and nothing changed, whoever asks
  const there = isReadable(row.state);
  const may = (act: Parameters<RecordsDeps['access']['decide']>[1]): boolean => there && deps.access.decide(actor, act, row).allow;
  const waiting = row.state === 'received' || row.state === 'sent_back';
  return {
    read: may('record.read'),
    download: may('record.download'),
    arrange: waiting && may('record.arrange'),
    sendBack: row.state === 'received' && may('record.send_back'),
    reclassify: may('record.reclassify'),
    correct: CORRECTABLE.has(row.state) && !row.restricted && may('record.correct') && may('record.read'),
    emergency: there && !may('record.read') && may('reading.emergency'),
    confirmTerm: row.special_term === 'asked' && may('record.confirm_term'),
  };
}
