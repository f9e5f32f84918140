import type { Actor } from '../../audit/index.js';
import { CodedError, isCoded, type FieldError } from '../../errors/index.js';
import { callerId, currentBatch } from '../batches/current.js';
import type { RecordsDeps } from '../deps.js';
import type { RecordDraft } from '../draft.js';
import { archiveComplete } from './archive.js';
import { parseDraft } from './parse.js';
import { mayCompare } from './may-compare.js';
import { isReadable } from '../states.js';
import type { RecordState } from '../values.js';
import { isReplay } from './replay.js';
import { BatchClosed, commitReceived, type StagedRecord } from './commit.js';
import { countScope } from './scope.js';
import { checkSignatureFile, stageFiles, type CaptureFile } from './files.js';
import { authorizeCapture } from './authorize.js';
import { namesIn, prepare, type Prepared } from './prepare.js';
import { existingRecords, findIdempotent, numberKey, type ExistingRecord } from './store.js';
import { stageBody } from './stage-body.js';
import { inTurn } from './turns.js';

const ROUTE = 'capture';

export interface CaptureInput {
  draft: unknown;
  files: AsyncIterable<CaptureFile> | Iterable<CaptureFile>;
  idempotencyKey?: string | undefined;
}

export interface Captured {
  id: string;
  state: 'archived' | 'received';
  archivalCode: string | null;
  /** What the form of its type still demands; empty once archived. */
  missing: FieldError[];
  /** Whether this is the answer to a request that had been done before. */
  replayed: boolean;
}

/**
 * Takes in one record with its files, which stream through without being held. A repeated request (same source and
 * service number, or same idempotency key) gives the same record when it is equal, and is refused when it differs.
 */
export async function capture(deps: RecordsDeps, actor: Actor, input: CaptureInput): Promise<Captured> {
  await deps.assertOpen();
  const draft = parseDraft(input.draft);
  const prepared = await prepareCounted(deps, actor, draft, input);
  authorizeCapture(deps, actor, prepared.row);
  // an equal request at the same moment waits for this one and answers what it did
  return inTurn(deps.db, numberKey(draft.source.system, draft.serviceNo), async () => {
    const known = await knownRecord(deps, actor, draft, input.idempotencyKey);
    return known ? replay(deps, actor, draft, input.files, known) : takeIn(deps, actor, prepared, input);
  });
}

async function prepareCounted(deps: RecordsDeps, actor: Actor, draft: RecordDraft, input: CaptureInput): Promise<Prepared> {
  try {
    return prepare(draft, { scheme: deps.schemes.newest, schedules: deps.schedules, settings: deps.settings, keystore: deps.keystore, now: deps.now() });
  } catch (error) {
    if (error instanceof CodedError && error.code === 'out_of_scope')
      await countScope(deps, actor, [{ draft: input.draft }], [{ status: 'rejected', code: error.code, fields: [] }]);
    throw error;
  }
}

async function knownRecord(deps: RecordsDeps, actor: Actor, draft: RecordDraft, key: string | undefined): Promise<ExistingRecord | undefined> {
  const caller = callerId(actor);
  // the key first: it was remembered together with its record, so a record that its key knows is found by the second look
  const subject = key === undefined || caller === null ? undefined : await findIdempotent(deps.db, caller, ROUTE, key);
  const number = { system: draft.source.system, serviceNo: draft.serviceNo };
  const found = (await existingRecords(deps.db, [number])).get(numberKey(number.system, number.serviceNo));
  if (subject !== undefined && subject !== found?.id) throw new CodedError('idempotency_mismatch');
  return found;
}

async function replay(deps: RecordsDeps, actor: Actor, draft: RecordDraft, files: CaptureInput['files'], known: ExistingRecord): Promise<Captured> {
  // it cannot be compared any more, and its number is never used again
  if (!isReadable(known.state as RecordState)) return refuse(deps, actor, known, 'record_destroyed');
  const may = mayCompare(deps, actor, known);
  if (!may || !(await isReplay(deps, known, draft, files))) return refuse(deps, actor, known, may ? 'changed' : 'duplicate');
  return { id: known.id, state: known.archival_code === null ? 'received' : 'archived', archivalCode: known.archival_code, missing: [], replayed: true };
}

/** Commits into the caller's open batch; into a new one where that was handed over at this very moment. */
async function commitOne(deps: RecordsDeps, actor: Actor, record: StagedRecord, key: string | undefined): Promise<Set<string>> {
  for (;;) {
    const batchId = await currentBatch(deps, actor, record.prepared.row.source_system);
    const context = { batchId, importId: null, ...(key === undefined ? {} : { idempotency: { route: ROUTE, key } }) };
    try {
      return await commitReceived(deps, actor, [record], context);
    } catch (error) {
      if (!(error instanceof BatchClosed)) throw error;
    }
  }
}

/**
 * Another process took the number, or the key, at this very moment. Without files the answer is that of a repetition;
 * files have streamed by and cannot be compared any more: their repetition can.
 */
async function lost(deps: RecordsDeps, actor: Actor, draft: RecordDraft, key: string | undefined, files: number): Promise<Captured> {
  const known = await knownRecord(deps, actor, draft, key);
  if (!known) throw new CodedError('conflict');
  return files === 0 ? replay(deps, actor, draft, [], known) : refuse(deps, actor, known, 'duplicate');
}

/** A number that is taken: on record, since whoever tries again and again may be guessing. */
async function refuse(deps: RecordsDeps, actor: Actor, known: ExistingRecord, code: 'changed' | 'duplicate' | 'record_destroyed'): Promise<never> {
  await deps.db.tx(async (tx) => {
    await deps.audit.append(tx, {
      actor,
      act: 'record.refused',
      subject: { kind: 'record', id: known.id },
      decision: 'deny',
      policy: deps.access.version(),
      facts: { asked: 'record.capture', why: code },
    });
  });
  throw new CodedError(code, { fields: [{ field: 'serviceNo', code }] });
}

async function takeIn(deps: RecordsDeps, actor: Actor, prepared: Prepared, input: CaptureInput): Promise<Captured> {
  const files = await stageFiles(
    deps,
    { id: prepared.id, versionId: prepared.versionId, fonds: prepared.row.fonds, names: namesIn(prepared.draft) },
    input.files,
  );
  checkSignatureFile(
    prepared.draft,
    files.map((file) => file.body.original),
  );
  const body = await stageBody(deps, prepared, files);
  const ids = await commitOne(deps, actor, { prepared, files, body }, input.idempotencyKey).catch((error: unknown) => {
    if (!isCoded(error, 'conflict')) throw error;
    return new Set<string>(); // the key was remembered by another process a moment ago
  });
  if (!ids.has(prepared.id)) return lost(deps, actor, prepared.draft, input.idempotencyKey, files.length);
  if (prepared.missing.length > 0) return { id: prepared.id, state: 'received', archivalCode: null, missing: prepared.missing, replayed: false };
  const [archived] = await archiveComplete(deps, actor, [{ id: prepared.id, term_minimum: prepared.term.minimum }]);
  return { id: prepared.id, state: archived ? 'archived' : 'received', archivalCode: archived?.archivalCode ?? null, missing: [], replayed: false };
}
