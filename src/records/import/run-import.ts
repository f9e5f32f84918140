import { setTimeout as sleep } from 'node:timers/promises';
import type { Actor } from '../../audit/index.js';
import { newId, type DbSession } from '../../db/index.js';
import { CodedError, isCoded } from '../../errors/index.js';
import { noAttachments, type Attachments } from './attachments.js';
import { SOURCE_SYSTEM } from '../draft.js';
import type { ImportDeps } from './deps.js';
import { macOf, planImport, type ImportOptions, type Plan } from './plan.js';
import type { Progress } from './progress.js';
import type { ImportSource } from './read/source.js';
import { receiptOf, type ImportReceipt } from './receipt.js';
import { ImportSeals, type SourceFacts } from './sealing.js';
import { importById, insertImport, setBatch, setState, tryLock, unfinishedOf, type ImportRow, type NewImport } from './store.js';
import { takeIn } from './take-in.js';

export interface ImportInput {
  source: ImportSource;
  options: ImportOptions;
  attachments?: Attachments;
  /** Go on with the unfinished import of this same file, mapping and parameters, where there is one. */
  resume?: boolean;
  /** Go on with exactly this import; `changed` when the file is another one. */
  resumeId?: string;
  /** The id that the import is to have, for a caller that must name it beforehand. */
  id?: string;
  /** Key of the sealed upload that is read, so that a restart can go on with it. */
  spoolKey?: Buffer;
  onProgress?: (progress: Progress) => void;
  /** Stops between batches; the import can be resumed. */
  signal?: AbortSignal;
}

/** An import under way. */
export interface StartedImport {
  id: string;
  /** The receipt at its end; rejects with what stopped it. */
  done: Promise<ImportReceipt>;
}

/** How often, and how many milliseconds apart, the lock of an import that goes on is tried for. */
const TRIES = 12;
const PAUSE = 250;

/**
 * Takes a file in. A broken file is refused whole before the first row (`import_refused`, also on record); a bad row is
 * rejected alone. A stop or a kill loses nothing: resumed, it goes on after the last batch that is durable, and what was
 * taken in beyond it is recognised as the same.
 */
export async function runImport(deps: ImportDeps, actor: Actor, input: ImportInput): Promise<ImportReceipt> {
  const { done } = await startImport(deps, actor, input);
  return done;
}

/** The same, but resolves once the file has been read through and its import is on record. `done` must be awaited or caught. */
export async function startImport(deps: ImportDeps, actor: Actor, input: ImportInput): Promise<StartedImport> {
  deps.authorize(actor, 'import.run');
  const seals = new ImportSeals(deps.keystore);
  const plan = await planOrRefuse(deps, actor, input, seals);
  const session = await deps.db.session();
  try {
    const lost = new AbortController();
    session.onLost(() => lost.abort('lost')); // with the connection goes the lock: another may go on
    const guarded = { ...input, signal: input.signal ? AbortSignal.any([input.signal, lost.signal]) : lost.signal };
    const row = await begin(deps, actor, input, plan, seals, session);
    return { id: row.id, done: carryOut(deps, actor, guarded, plan, seals, row).finally(() => session.release(true)) }; // closing the connection frees the lock
  } catch (error) {
    session.release(true);
    throw error;
  }
}

async function carryOut(deps: ImportDeps, actor: Actor, input: ImportInput, plan: Plan, seals: ImportSeals, row: ImportRow): Promise<ImportReceipt> {
  const state = await work(deps, actor, input, plan, seals, row);
  await end(deps, actor, row, state);
  return receiptOf(await found(deps, row.id), seals);
}

async function planOrRefuse(deps: ImportDeps, actor: Actor, input: ImportInput, seals: ImportSeals): Promise<Plan> {
  input.onProgress?.({ phase: 'checking' });
  try {
    return await planImport(input.source, input.options);
  } catch (error) {
    if (isCoded(error, 'import_refused')) await recordRefusal(deps, actor, input, seals, error);
    throw error;
  }
}

async function recordRefusal(deps: ImportDeps, actor: Actor, input: ImportInput, seals: ImportSeals, error: CodedError): Promise<void> {
  const id = input.id ?? newId();
  const { reason, ...params } = error.params;
  const mapping = input.options.mapping;
  await deps.db.tx(async (tx) => {
    await insertImport(tx, {
      ...blank(deps, actor, id, input.source),
      state: 'refused',
      reason: String(reason),
      reason_params: params,
      mapping_name: mapping?.name ?? '',
      mapping_digest: mapping?.digest ?? '',
      source_mac: seals.noMac(id),
      spool_key: null,
      source_sealed: seals.sealSource(id, { name: input.source.name, digest: '', unmapped: [], header: [] }),
    });
    await deps.audit.append(tx, {
      actor,
      act: 'import.refuse',
      subject: { kind: 'import', id },
      decision: 'deny',
      facts: { reason: String(reason), bytes: input.source.size },
    });
  });
}

function blank(deps: ImportDeps, actor: Actor, id: string, source: ImportSource): Omit<NewImport, 'source_mac' | 'source_sealed' | 'spool_key'> {
  return {
    id,
    state: 'running',
    reason: null,
    reason_params: {},
    batch_id: null,
    batch_number: '',
    source_system: '',
    format: '',
    encoding: '',
    mapping_name: '',
    mapping_digest: '',
    bytes: source.size,
    rows_total: 0,
    account_id: actor.accountId,
    pseudonym: actor.pseudonym,
    at: deps.now(),
  };
}

/** A new import, or the unfinished one of the same file; held under a lock either way, so that two runs never share one. */
async function begin(deps: ImportDeps, actor: Actor, input: ImportInput, plan: Plan, seals: ImportSeals, session: DbSession): Promise<ImportRow> {
  const mac = macOf(seals.macKey, plan);
  const unfinished = input.resumeId !== undefined ? await found(deps, input.resumeId) : input.resume ? await unfinishedOf(deps.db, mac) : undefined;
  if (unfinished && !unfinished.source_mac.equals(mac)) throw new CodedError('changed');
  if (unfinished) return reopen(deps, actor, unfinished, session);
  const id = input.id ?? newId();
  if (!(await tryLock(session, id))) throw new CodedError('conflict');
  await deps.finishAnnounced(); // what others left half-way holds numbers that this file may bring
  const { table, mapper } = plan;
  const system = await firstSystem(plan);
  const batch = await deps.openBatch(actor, system);
  await deps.db.tx(async (tx) => {
    await insertImport(tx, {
      ...blank(deps, actor, id, input.source),
      batch_id: batch.id,
      batch_number: batch.number,
      source_system: system,
      format: table.format,
      encoding: table.encoding,
      mapping_name: mapper.mapping.name,
      mapping_digest: mapper.mapping.digest,
      source_mac: mac,
      spool_key: input.spoolKey ? seals.sealSpoolKey(id, input.spoolKey) : null,
      source_sealed: seals.sealSource(id, {
        name: input.source.name,
        digest: table.digest.toString('hex'),
        unmapped: mapper.unmapped,
        header: table.header,
        told: toldOf(input.options),
      }),
      rows_total: table.total,
    });
    const facts = {
      batch: batch.id,
      mapping: mapper.mapping.name,
      mapping_digest: mapper.mapping.digest,
      rows: table.total,
      bytes: input.source.size,
      source: system,
    };
    await deps.audit.append(tx, { actor, act: 'import.start', subject: { kind: 'import', id }, decision: 'allow', facts });
  });
  return found(deps, id);
}

/** What was told with a file, in a form that can be sealed. */
export function toldOf(options: ImportOptions): NonNullable<SourceFacts['told']> {
  const { mapping, parameters = {}, format, encoding, delimiter, sheet } = options;
  return {
    mapping: mapping?.raw ?? null,
    parameters,
    ...(format && { format }),
    ...(encoding && { encoding }),
    ...(delimiter && { delimiter }),
    ...(sheet && { sheet }),
  };
}

async function reopen(deps: ImportDeps, actor: Actor, row: ImportRow, session: DbSession): Promise<ImportRow> {
  if (!(await tryForAWhile(session, row.id))) throw new CodedError('conflict', { detail: 'the import is running' });
  await deps.finishImport(row.id);
  // what was handed over is closed: the rest of the file comes into a batch, and a transfer list, of its own
  const batch = row.batch_id !== null && (await deps.isBatchOpen(row.batch_id)) ? null : await deps.openBatch(actor, row.source_system);
  await deps.db.tx(async (tx) => {
    await setState(tx, row.id, 'running', null, deps.now());
    if (batch) await setBatch(tx, row.id, batch);
    await deps.audit.append(tx, {
      actor,
      act: 'import.resume',
      subject: { kind: 'import', id: row.id },
      decision: 'allow',
      facts: { position: Number(row.position), ...(batch ? { batch: batch.id } : {}) },
    });
  });
  return found(deps, row.id);
}

/** The lock of an import; whoever finishes what it had announced holds it for a moment. */
async function tryForAWhile(session: DbSession, id: string): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    if (await tryLock(session, id)) return true;
    if (attempt === TRIES) return false;
    await sleep(PAUSE);
  }
}

/** The source system by the first row that tells one: a file comes from one system. */
async function firstSystem(plan: Plan): Promise<string> {
  for await (const rows of plan.table.rows()) {
    for (const row of rows) {
      const key = row.fault ? undefined : plan.mapper.keyOf([row]);
      if (key !== undefined && SOURCE_SYSTEM.test(key.system)) return key.system;
    }
  }
  return 'unknown';
}

type Ended = { state: 'finished' } | { state: 'stopped'; reason: string; error?: Error };

async function work(deps: ImportDeps, actor: Actor, input: ImportInput, plan: Plan, seals: ImportSeals, row: ImportRow): Promise<Ended> {
  try {
    const whole = await takeIn(deps, actor, {
      plan,
      seals,
      row,
      attachments: input.attachments ?? noAttachments,
      ...(input.onProgress && { onProgress: input.onProgress }),
      ...(input.signal && { signal: input.signal }),
    });
    return whole ? { state: 'finished' } : { state: 'stopped', reason: stopReason(input.signal) };
  } catch (error) {
    return {
      state: 'stopped',
      reason: error instanceof CodedError ? error.code : 'internal',
      error: error instanceof Error ? error : new Error('internal', { cause: error }),
    };
  }
}

function stopReason(signal: AbortSignal | undefined): string {
  if (signal?.reason === 'lost') return 'unavailable';
  return signal?.reason === 'shutdown' ? 'shutdown' : 'asked';
}

/** Writes how it ended; what stopped it goes on to the caller. */
async function end(deps: ImportDeps, actor: Actor, row: ImportRow, ended: Ended): Promise<void> {
  const reason = ended.state === 'stopped' ? ended.reason : null;
  const write = deps.db.tx(async (tx) => {
    await setState(tx, row.id, ended.state, reason, deps.now());
    const now = await importById(tx, row.id);
    const facts = {
      rows: Number(now?.rows_total),
      taken: Number(now?.rows_taken),
      rejected: Number(now?.rows_rejected),
      ...(reason === null ? {} : { reason }),
    };
    await deps.audit.append(tx, {
      actor,
      act: ended.state === 'finished' ? 'import.finish' : 'import.stop',
      subject: { kind: 'import', id: row.id },
      decision: 'allow',
      facts,
    });
  });
  if (ended.state === 'stopped' && ended.error !== undefined) {
    await write.catch(() => undefined); // what stopped the import may keep this from being written as well; `running` without a holder can be resumed too
    throw ended.error;
  }
  await write;
}

async function found(deps: ImportDeps, id: string): Promise<ImportRow> {
  const row = await importById(deps.db, id);
  if (row === undefined) throw new CodedError('not_found');
  return row;
}
