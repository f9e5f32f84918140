import type { Actor } from '../../audit/index.js';
import { CodedError, type FieldError } from '../../errors/index.js';
import type { RecordsDeps } from '../deps.js';
import { mapLimited } from '../limited.js';
import { captureAnnounced } from '../announced/capture-announced.js';
import { archiveComplete } from './archive.js';
import { authorizeCapture } from './authorize.js';
import { commitReceived, type IntakeContext, type StagedRecord } from './commit.js';
import { stageFiles, type CaptureFile } from './files.js';
import { parseDraft } from './parse.js';
import { namesIn, prepare, type Prepared } from './prepare.js';
import { mayCompare } from './may-compare.js';
import { isReadable } from '../states.js';
import type { RecordState } from '../values.js';
import { isReplay } from './replay.js';
import { existingRecords, numberKey, type ExistingRecord } from './store.js';
import { stageBody } from './stage-body.js';
import { countScope } from './scope.js';

/** Objects that one call seals and stores at the same time; the store gathers their flushes. */
const WIDTH = 32;

export interface CaptureItem {
  /** Unchecked: it is parsed here, so that every way in has the same checks. */
  draft: unknown;
  files?: CaptureFile[];
}

export type CaptureOutcome =
  | { status: 'captured'; recordId: string; archivalCode: string }
  | { status: 'received'; recordId: string; missing: FieldError[] }
  | { status: 'replayed'; recordId: string; archivalCode: string | null }
  | { status: 'rejected'; code: string; fields: FieldError[] };

/** The number is taken; by what is not said. */
const DUPLICATE: CaptureOutcome = { status: 'rejected', code: 'duplicate', fields: [{ field: 'serviceNo', code: 'duplicate' }] };

/** The number was a destroyed record's and is never used again. */
const DESTROYED: CaptureOutcome = { status: 'rejected', code: 'record_destroyed', fields: [{ field: 'serviceNo', code: 'record_destroyed' }] };

export type Step = { outcome: CaptureOutcome } | { prepared: Prepared; files: CaptureFile[] };

/**
 * Takes in many records at once: one bad one never stops the rest. Outcomes stand in the order of the items.
 * What is refused leaves nothing behind but objects that the orphan sweep removes.
 */
export async function captureMany(deps: RecordsDeps, actor: Actor, items: readonly CaptureItem[], context: IntakeContext): Promise<CaptureOutcome[]> {
  await deps.assertOpen();
  const steps = decideAll(deps, actor, items);
  await compareReplays(deps, actor, steps);
  await takeStraight(deps, actor, steps, context);
  await takeByAndBy(deps, actor, steps, context);
  const outcomes = steps.map((step) => ('outcome' in step ? step.outcome : { status: 'rejected' as const, code: 'internal', fields: [] }));
  await countScope(deps, actor, items, outcomes);
  return outcomes;
}

/** Records that are complete and have no files go into the archive in one step. */
async function takeStraight(deps: RecordsDeps, actor: Actor, steps: Step[], context: IntakeContext): Promise<void> {
  const straight = steps.flatMap((step, index) =>
    'prepared' in step && step.files.length === 0 && step.prepared.missing.length === 0 ? [{ index, prepared: step.prepared }] : [],
  );
  const archived = await captureAnnounced(
    deps,
    actor,
    straight.map((one) => one.prepared),
    context,
  );
  const codes = new Map(archived.map((one) => [one.id, one.archivalCode]));
  for (const { index, prepared } of straight) steps[index] = { outcome: outcomeOf(prepared, codes, codes) };
}

/** The others are received first, and archived once they are complete and locked. */
async function takeByAndBy(deps: RecordsDeps, actor: Actor, steps: Step[], context: IntakeContext): Promise<void> {
  const fresh = steps.flatMap((step, index) => ('prepared' in step ? [{ index, ...step }] : []));
  if (fresh.length === 0) return;
  const staged = await mapLimited(fresh, WIDTH, async (one) => ({ index: one.index, result: await stageOne(deps, one.prepared, one.files) }));
  for (const { index, result } of staged) if ('status' in result) steps[index] = { outcome: result };
  const ready = staged.flatMap(({ index, result }) => ('status' in result ? [] : [{ index, record: result }]));
  const ids =
    ready.length === 0
      ? new Set<string>()
      : await commitReceived(
          deps,
          actor,
          ready.map((one) => one.record),
          context,
        );
  const complete = ready.filter(({ record }) => ids.has(record.prepared.id) && record.prepared.missing.length === 0);
  const codes = new Map(
    (
      await archiveComplete(
        deps,
        actor,
        complete.map(({ record }) => ({
          id: record.prepared.id,
          term_minimum: record.prepared.term.minimum,
          objects: [record.body, ...record.files.map((file) => file.staged)],
        })),
      )
    ).map((one) => [one.id, one.archivalCode]),
  );
  for (const { index, record } of ready) steps[index] = { outcome: outcomeOf(record.prepared, ids, codes) };
}

function outcomeOf(prepared: Prepared, ids: Pick<ReadonlySet<string>, 'has'>, codes: ReadonlyMap<string, string>): CaptureOutcome {
  if (!ids.has(prepared.id)) return DUPLICATE;
  const archivalCode = codes.get(prepared.id);
  if (archivalCode !== undefined) return { status: 'captured', recordId: prepared.id, archivalCode };
  return { status: 'received', recordId: prepared.id, missing: prepared.missing };
}

/** @internal Decides on each draft; of a number that occurs twice the first one counts. */
export function decideAll(deps: RecordsDeps, actor: Actor, items: readonly CaptureItem[]): Step[] {
  const seen = new Set<string>();
  return items.map((item) => {
    const step = decideOne(deps, actor, item);
    if (!('prepared' in step)) return step;
    const key = numberKey(step.prepared.draft.source.system, step.prepared.draft.serviceNo);
    if (seen.has(key)) return { outcome: DUPLICATE };
    seen.add(key);
    return step;
  });
}

function decideOne(deps: RecordsDeps, actor: Actor, item: CaptureItem): Step {
  try {
    const prepared = prepare(parseDraft(item.draft), {
      scheme: deps.schemes.newest,
      schedules: deps.schedules,
      settings: deps.settings,
      keystore: deps.keystore,
      now: deps.now(),
    });
    authorizeCapture(deps, actor, prepared.row);
    return { prepared, files: item.files ?? [] };
  } catch (error) {
    return { outcome: rejection(error) };
  }
}

/** A refusal as an outcome; the first field's code is the row's code. Anything uncoded is a defect and goes on up. */
export function rejection(error: unknown): CaptureOutcome & { status: 'rejected' } {
  if (!(error instanceof CodedError) || error.status >= 500) throw error;
  return { status: 'rejected', code: error.code === 'invalid_field' ? (error.fields[0]?.code ?? 'invalid') : error.code, fields: error.fields };
}

/** Compares what bears a known number with what is archived: equal → replayed, different → `changed` (R9). */
export async function compareReplays(deps: RecordsDeps, actor: Actor, steps: Step[]): Promise<void> {
  const keys = steps.flatMap((step) => ('prepared' in step ? [{ system: step.prepared.draft.source.system, serviceNo: step.prepared.draft.serviceNo }] : []));
  if (keys.length === 0) return;
  const existing = await existingRecords(deps.db, keys);
  if (existing.size === 0) return;
  await mapLimited(steps, WIDTH, async (step, index) => {
    if (!('prepared' in step)) return;
    const found = existing.get(numberKey(step.prepared.draft.source.system, step.prepared.draft.serviceNo));
    if (found && !isReadable(found.state as RecordState)) steps[index] = { outcome: DESTROYED };
    else if (found) steps[index] = { outcome: mayCompare(deps, actor, found) ? await compareOne(deps, step.prepared, step.files, found) : DUPLICATE };
  });
}

async function compareOne(deps: RecordsDeps, prepared: Prepared, files: readonly CaptureFile[], found: ExistingRecord): Promise<CaptureOutcome> {
  if (await isReplay(deps, found, prepared.draft, files)) return { status: 'replayed', recordId: found.id, archivalCode: found.archival_code };
  return { status: 'rejected', code: 'changed', fields: [{ field: 'serviceNo', code: 'changed' }] };
}

async function stageOne(
  deps: RecordsDeps,
  prepared: Prepared,
  files: readonly CaptureFile[],
): Promise<StagedRecord | (CaptureOutcome & { status: 'rejected' })> {
  try {
    const target = { id: prepared.id, versionId: prepared.versionId, fonds: prepared.row.fonds, names: namesIn(prepared.draft) };
    const stagedFiles = files.length === 0 ? [] : await stageFiles(deps, target, files);
    return { prepared, files: stagedFiles, body: await stageBody(deps, prepared, stagedFiles) };
  } catch (error) {
    return rejection(error);
  }
}
