import type { Actor } from '../../audit/index.js';
import { CodedError, type FieldError } from '../../errors/index.js';
import { archiveComplete } from '../capture/archive.js';
import { parseDraft } from '../capture/parse.js';
import { checkSignatureFile, stageFiles, type CaptureFile } from '../capture/files.js';
import { authorizeCapture } from '../capture/authorize.js';
import { maskedFields, namesIn, prepare, type PrepareContext, type Prepared } from '../capture/prepare.js';
import { stageBody } from '../capture/stage-body.js';
import { insertVersions } from '../capture/insert-store.js';
import { insertFiles } from '../capture/store.js';
import type { RecordsDeps } from '../deps.js';
import type { RecordDraft } from '../draft.js';
import { rightsFacts } from '../rights-facts.js';
import { nextState } from '../states.js';
import type { RecordState } from '../values.js';
import { readBody } from './body.js';
import { asClassified, changeFacts, differences, isLower, type Classification } from './classification.js';
import { onRecord } from './refusal.js';
import { insertHistory, lockRecord, lockSentBack, setCompleted, type LockedRecord } from './store.js';

export interface CompleteInput {
  recordId: string;
  /** Fields to set, by the draft's names; objects are merged, `null` removes a field. */
  patch: Record<string, unknown>;
  files?: AsyncIterable<CaptureFile> | Iterable<CaptureFile>;
}

export interface Completed {
  id: string;
  state: 'archived' | 'received';
  archivalCode: string | null;
  missing: FieldError[];
}

/** Number and source make a record what it is; nobody changes them afterwards. */
const FIXED = ['source', 'serviceNo', 'status', 'fonds'];

/**
 * Completes the description of a record that waits 待整理: what came stays as version 1, the completed body is a new
 * version. When nothing is missing any more it is archived at once. The clerk may; so may the one it was sent back to.
 */
export async function completeRecord(deps: RecordsDeps, actor: Actor, input: CompleteInput): Promise<Completed> {
  return onRecord(deps, actor, { act: 'record.arrange', recordId: input.recordId }, () => complete(deps, actor, input));
}

async function complete(deps: RecordsDeps, actor: Actor, input: CompleteInput): Promise<Completed> {
  for (const name of FIXED) if (Object.hasOwn(input.patch, name)) throw new CodedError('invalid_field', { fields: [{ field: name, code: 'fixed' }] });
  const before = await deps.db.tx((tx) => find(deps, tx, actor, input.recordId));
  const body = await readBody(
    deps,
    actor,
    { recordId: before.id, versionId: before.version_id, objectId: before.body_object, size: Number(before.body_size) },
    'complete',
  );
  const draft = parseDraft(merge(asClassified(body.draft, before), unmasked(body.draft, input.patch)));
  const prepared = prepare(draft, { ...contextOf(deps), ...(before.special_term === 'confirmed' ? { specialTerm: 'confirmed' as const } : {}) }, before.id);
  authorizeResult(deps, actor, before, prepared);
  // accepting what still lacks something changes nothing, so it makes no version
  if (prepared.missing.length > 0 && input.files === undefined && Object.keys(input.patch).length === 0)
    return { id: before.id, state: 'received', archivalCode: null, missing: prepared.missing };
  const files = await stageFiles(
    deps,
    { id: before.id, versionId: prepared.versionId, fonds: before.fonds, names: namesIn(draft) },
    input.files ?? [],
    before.file_count,
  );
  checkSignatureFile(
    draft,
    [...body.files, ...files.map((file) => file.body)].map((file) => file.original),
  );
  const staged = await stageBody(deps, prepared, files, body.files);
  await deps.db.tx(async (tx) => {
    const now = await find(deps, tx, actor, input.recordId);
    if (now.version_id !== before.version_id || now.special_term !== before.special_term || differences(before, now).length > 0)
      throw new CodedError('conflict');
    const at = deps.now();
    const number = now.version_number + 1;
    await deps.vault.record(tx, [staged, ...files.map((file) => file.staged)]);
    await insertVersions(tx, [
      { id: prepared.versionId, record_id: now.id, number, body_object: staged.objectId, reason: 'completion', created_at: at, created_by: actor.personId },
    ]);
    await insertFiles(
      tx,
      files.map((file) => ({ ...file.row, record_id: now.id, first_version: number })),
    );
    const restricted = await setCompleted(tx, now.id, prepared.row, { id: prepared.versionId, number, files: now.file_count + files.length }, actor.personId);
    const changes = differences(now, classificationOf(prepared));
    const entry = await deps.audit.append(tx, {
      actor,
      act: 'record.complete',
      subject: { kind: 'record', id: now.id, version: prepared.versionId },
      decision: 'allow',
      policy: deps.access.version(),
      facts: {
        fields: Object.keys(input.patch),
        files: files.length,
        complete: prepared.missing.length === 0,
        ...changeFacts(changes),
        ...rightsOf(prepared),
        restricted,
      },
    });
    await insertHistory(
      tx,
      changes.map((one) => ({ record: now.id, at, by: actor.pseudonym, entry: entry.id, ...one })),
    );
  });
  if (prepared.missing.length > 0) return { id: before.id, state: 'received', archivalCode: null, missing: prepared.missing };
  const [archived] = await archiveComplete(deps, actor, [{ id: before.id, term_minimum: prepared.term.minimum }]);
  return { id: before.id, state: archived ? 'archived' : 'received', archivalCode: archived?.archivalCode ?? null, missing: [] };
}

function contextOf(deps: RecordsDeps): PrepareContext {
  return { scheme: deps.schemes.newest, schedules: deps.schedules, settings: deps.settings, keystore: deps.keystore, now: deps.now() };
}

const rightsOf = ({ row }: Prepared): ReturnType<typeof rightsFacts> => rightsFacts({ ...row, purposes: JSON.parse(row.purposes) as string[] });

function classificationOf({ row }: Prepared): Classification {
  return { service_type: row.service_type, client_type: row.client_type, sensitivity: row.sensitivity, tags: JSON.parse(row.tags) as string[] };
}

/** Who completes may make of a record only what he might have handed in, and lowers no sensitivity: that is proposed by reclassifying. */
function authorizeResult(deps: RecordsDeps, actor: Actor, before: LockedRecord, prepared: Prepared): void {
  authorizeCapture(deps, actor, prepared.row);
  if (!isLower(prepared.row.sensitivity, before.sensitivity)) return;
  deps.access.authorize(actor, 'record.reclassify', before);
  throw new CodedError('second_person');
}

/** The record under lock, for whoever may arrange it: the clerk, or the sender it was sent back to. */
async function find(deps: RecordsDeps, tx: Parameters<typeof lockRecord>[0], actor: Actor, id: string): Promise<LockedRecord> {
  const found = (await lockRecord(tx, id, deps.access.where(actor, 'record.arrange', 'r'))) ?? (await ownSentBack(tx, actor, id));
  if (!found) throw new CodedError('not_found');
  nextState(found.state as RecordState, 'complete');
  return found;
}

async function ownSentBack(tx: Parameters<typeof lockRecord>[0], actor: Actor, id: string): Promise<LockedRecord | undefined> {
  if (actor.personId === null) return undefined;
  return lockSentBack(tx, id, actor.personId);
}

/** The patch without what is only the catalogue's masked form of what stands there: a form sends back what it was shown. */
function unmasked(draft: RecordDraft, patch: Record<string, unknown>): Record<string, unknown> {
  const shown: Record<string, unknown> = maskedFields(draft);
  return Object.fromEntries(
    Object.entries(patch).filter(([name, value]) => shown[name] === undefined || JSON.stringify(shown[name]) !== JSON.stringify(value)),
  );
}

/** Merges a patch into a draft (RFC 7396): objects deeply, everything else replaced, `null` removed. */
export function merge(target: RecordDraft, patch: Record<string, unknown>): unknown {
  return mergeValue(target, patch);
}

function mergeValue(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergeValue(result[key], value);
  }
  return result;
}
