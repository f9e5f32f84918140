import { assertSecondFactor } from '../../access/index.js';
import type { Actor } from '../../audit/index.js';
import { sealField } from '../../crypto/index.js';
import { newId } from '../../db/index.js';
import { CodedError, invalidField } from '../../errors/index.js';
import { readBody } from '../arrange/body.js';
import { asClassified } from '../arrange/classification.js';
import { merge } from '../arrange/complete.js';
import { onRecord } from '../arrange/refusal.js';
import { lockRecord, type LockedRecord } from '../arrange/store.js';
import { parseDraft } from '../capture/parse.js';
import { maskedFields, prepare, type PrepareContext, type Prepared } from '../capture/prepare.js';
import { stageBody } from '../capture/stage-body.js';
import { unknownCause } from '../cause.js';
import type { RecordsDeps } from '../deps.js';
import type { RecordDraft } from '../draft.js';
import { fieldChanges } from './changes.js';
import { CORRECTABLE } from './states.js';
import { correctionsOf, insertCorrection, mayCorrect } from './store.js';

/** Longest reason, in characters. */
export const CORRECTION_REASON = 2_000;

/** What a correction leaves alone: number and source make a record what it is, classification and term have ways of their own. */
const FIXED = ['source', 'serviceNo', 'status', 'fonds', 'serviceType', 'medium', 'sensitivity', 'tags', 'specialTerm'];

export interface CorrectionInput {
  recordId: string;
  /** Fields to set, by the draft's names; objects are merged, `null` removes a field. Or what makes them of the draft as it stands. */
  patch: Record<string, unknown> | ((now: RecordDraft) => Record<string, unknown>);
  /** What was wrong, and how the right thing was verified. */
  reason: string;
  /** The client's request behind it. */
  requestId?: string | undefined;
}

/**
 * Proposes a correction of an archived record (R86). The whole corrected body is sealed at once as it will stand; it becomes
 * the record's new version when another person confirms it, and the old version stays.
 */
export async function correctRecord(deps: RecordsDeps, actor: Actor, input: CorrectionInput): Promise<{ id: string }> {
  return onRecord(deps, actor, { act: 'record.correct', recordId: input.recordId }, () => propose(deps, actor, input).catch(unknownCause));
}

async function propose(deps: RecordsDeps, actor: Actor, input: CorrectionInput): Promise<{ id: string }> {
  if (actor.personId === null) throw new CodedError('forbidden');
  const reason = input.reason.trim();
  if (reason === '') throw invalidField('reason', 'missing');
  if (reason.length > CORRECTION_REASON) throw invalidField('reason', 'too_long', { max: CORRECTION_REASON });
  if (typeof input.patch !== 'function') checkFixed(input.patch);
  const before = await correctable(deps, actor, input.recordId);
  const body = await readBody(deps, actor, bodyOf(before), 'correct');
  const patch = typeof input.patch === 'function' ? input.patch(asClassified(body.draft, before)) : input.patch;
  checkFixed(patch);
  const draft = parseDraft(merge(asClassified(body.draft, before), unmasked(body.draft, patch)));
  const changes = fieldChanges(asClassified(body.draft, before), draft);
  if (changes.length === 0) throw invalidField('patch', 'nothing_changes');
  const prepared = prepareCorrected(deps, before, draft);
  if (prepared.missing.length > 0) throw new CodedError('invalid_field', { fields: prepared.missing });
  const staged = await stageBody(deps, prepared, [], body.files);
  return deps.db.tx(async (tx) => {
    const now = await lockRecord(tx, before.id, mayCorrect(deps, actor));
    assertCorrectable(now);
    if (now.version_id !== before.version_id) throw new CodedError('conflict');
    const id = newId();
    await deps.vault.record(tx, [staged]);
    const fields = [...new Set(changes.map((one) => one.field.replace(/\.\d+(?=\.|$)/g, '')))];
    const entry = await deps.audit.append(tx, {
      actor,
      act: 'record.correction_propose',
      subject: { kind: 'record', id: now.id, version: prepared.versionId },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { correction: id, fields: fields.slice(0, 50), ...(input.requestId ? { cause: input.requestId } : {}) },
      side: { reason },
    });
    await insertCorrection(tx, {
      id,
      record: now.id,
      from: now.version_id,
      to: prepared.versionId,
      body: staged.objectId,
      fields,
      reason: sealField(deps.keystore.secret('catalogue'), correctionContext(id), reason),
      request: input.requestId ?? null,
      by: actor.personId ?? '',
      at: deps.now(),
      entry: entry.id,
    });
    return { id };
  });
}

/** A record as it may be corrected now by somebody: none other waits for it. */
async function correctable(deps: RecordsDeps, actor: Actor, recordId: string): Promise<LockedRecord> {
  const record = await deps.db.tx((tx) => lockRecord(tx, recordId, mayCorrect(deps, actor)));
  assertCorrectable(record);
  assertShown(actor, record);
  if ((await correctionsOf(deps.db, { state: 'proposed', record: record.id }, mayCorrect(deps, actor), null, 1)).length > 0)
    throw new CodedError('wrong_state', { params: { state: 'proposed', step: 'correct' } });
  return record;
}

/** What stands in a record, for whoever may correct it now: its body is opened, on record like any reading of it. */
export async function correctionDraft(deps: RecordsDeps, actor: Actor, recordId: string): Promise<{ title: string; draft: RecordDraft }> {
  return onRecord(deps, actor, { act: 'record.correct', recordId }, async () => {
    if (actor.personId === null) throw new CodedError('forbidden');
    const record = await correctable(deps, actor, recordId);
    const body = await readBody(deps, actor, bodyOf(record), 'correct');
    return { title: body.draft.title, draft: asClassified(body.draft, record) };
  });
}

/** Associated data of the sealed reason of a correction. */
export const correctionContext = (id: string): string => `correction/${id}/reason`;

export function bodyOf(record: LockedRecord): { recordId: string; versionId: string; objectId: string; size: number } {
  return { recordId: record.id, versionId: record.version_id, objectId: record.body_object, size: Number(record.body_size) };
}

/** A record that may be corrected now; a restricted one is only kept. */
export function assertCorrectable(record: LockedRecord | undefined): asserts record is LockedRecord {
  if (!record || record.restricted) throw new CodedError('not_found');
  if (!CORRECTABLE.has(record.state)) throw new CodedError('wrong_state', { params: { state: record.state, step: 'correct' } });
}

/** A correction opens the body: what is highly sensitive asks for the second factor, as its reading does. */
export function assertShown(actor: Actor, record: Pick<LockedRecord, 'sensitivity'>): void {
  if (record.sensitivity === 'highly_sensitive') assertSecondFactor(actor);
}

/** The corrected draft as the catalogue will describe it, under the same id. */
export function prepareCorrected(deps: RecordsDeps, record: LockedRecord, draft: RecordDraft): Prepared {
  const context: PrepareContext = { scheme: deps.schemes.newest, schedules: deps.schedules, settings: deps.settings, keystore: deps.keystore, now: deps.now() };
  return prepare(draft, { ...context, ...(record.special_term === 'confirmed' ? { specialTerm: 'confirmed' as const } : {}) }, record.id);
}

function checkFixed(patch: Record<string, unknown>): void {
  const fields = FIXED.filter((name) => Object.hasOwn(patch, name));
  const client = patch['client'];
  if (typeof client === 'object' && client !== null && Object.hasOwn(client, 'type')) fields.push('client.type');
  if (fields.length > 0) throw new CodedError('invalid_field', { fields: fields.map((field) => ({ field, code: 'fixed' })) });
}

/** The patch without what is only the catalogue's masked form of what stands there. */
function unmasked(draft: RecordDraft, patch: Record<string, unknown>): Record<string, unknown> {
  const shown: Record<string, unknown> = maskedFields(draft);
  return Object.fromEntries(Object.entries(patch).filter(([name, value]) => shown[name] === undefined || shown[name] !== value));
}
