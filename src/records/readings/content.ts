import type { Readable } from 'node:stream';
import { GRANT_RULE } from '../../access/index.js';
import { scopeFacts, type Actor, type EntryInput, type PendingEntry, type ReceiptScope } from '../../audit/index.js';
import { newId } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import { isPaintable } from '../../extract/index.js';
import type { RecordsDeps } from '../deps.js';
import { isReadable } from '../states.js';
import type { RecordState } from '../values.js';
import { askFactor } from './open.js';
import type { Running } from './running.js';
import { metered, type Metered } from './stream.js';
import { type Asked, insertAccess, insertAccessAtOnce, lockSeenReading, type NewAccess, type Seen, seeReading } from './begin-store.js';
import { type AccessKind, endAccess, isOver, type ReadingRow, touchReading } from './store.js';

export interface ContentRequest {
  readingId: string;
  /** Left out: the body of the record. */
  fileId?: string | undefined;
  kind: AccessKind;
  /** The caller shows it under a mark that names the reader, and hands out nothing else. */
  marked?: boolean | undefined;
  /** Of a file that is shown page by page: which one, for the log. */
  page?: number | undefined;
  /** As an HTTP range says it: first and last byte, or the last `n`; decided against the real size. */
  range?: { first: number; last: number | null } | { suffix: number } | undefined;
}

export interface Content {
  size: number;
  start: number;
  end: number;
  type: string;
  name: string;
  body: Readable;
  /** The grant or standing rule that it is read under, and when that is over. */
  under: { id: string; until: Date | null } | null;
  /** Bytes that have left so far. */
  left(): number;
}

interface Target {
  objectId: string;
  fileId: string | null;
  size: number;
  type: string;
  name: string;
}

/**
 * Streams content under an open reading. The access is on record, in the signed head of the log, before the vault is
 * asked for the key; when the stream ends, an entry says how many bytes left.
 */
export async function readContent(deps: RecordsDeps, actor: Actor, request: ContentRequest): Promise<Content> {
  const account = actor.accountId;
  if (account === null) throw new CodedError('forbidden');
  // from before its entry on: an end that is committed later is never missed
  const running = deps.streams.begin(request.readingId, account, ...(actor.sessionId === null ? [] : [actor.sessionId]));
  try {
    return await release(deps, actor, await begin(deps, actor, request, account), running);
  } catch (error) {
    running.forget();
    throw error;
  }
}

/**
 * Puts the access on record. What decides on it is read in one statement, and the entry and the access are written in another
 * one that takes place only where nothing of that changed meanwhile; else, and for every refusal, all of it is done under lock.
 */
async function begin(deps: RecordsDeps, actor: Actor, request: ContentRequest, account: string): Promise<Begun> {
  // rights are asked again at every access: a record that was restricted, or a role that was taken, ends the reading
  const [condition, granted] = [deps.access.where(actor, 'record.read', 'r'), deps.access.granted(actor, 'r')];
  const who = { account, session: actor.sessionId, roles: actor.roles };
  const asked = { reading: request.readingId, file: request.fileId, who, condition, granted };
  return (await beginAtOnce(deps, actor, request, asked)) ?? beginLocked(deps, actor, request, asked);
}

/** `undefined` where it is refused, or where somebody was quicker. */
async function beginAtOnce(deps: RecordsDeps, actor: Actor, request: ContentRequest, asked: Asked): Promise<Begun | undefined> {
  const seen = await seeReading(deps.db, asked);
  let step: Allowed;
  try {
    step = allowed(deps, actor, request, seen);
  } catch (error) {
    if (error instanceof CodedError) return undefined;
    throw error;
  }
  const access = accessOf(deps, request, step);
  const pending = await deps.audit.appendWithin(entryOf(deps, actor, request, step, access.id), (entry, insert) =>
    insertAccessAtOnce(deps.db, { rows: step.rows, who: asked.who }, access, entry.id, insert),
  );
  return pending && { id: access.id, pending, ...step };
}

function beginLocked(deps: RecordsDeps, actor: Actor, request: ContentRequest, asked: Asked): Promise<Begun> {
  return deps.db
    .tx(async (tx) => {
      const step = allowed(deps, actor, request, await lockSeenReading(tx, asked));
      const access = accessOf(deps, request, step);
      const pending = await deps.audit.append(tx, entryOf(deps, actor, request, step, access.id));
      await insertAccess(tx, access, pending.id);
      return { id: access.id, pending, ...step };
    })
    .catch((error: unknown) => refused(deps, actor, request, error));
}

interface Allowed {
  reading: ReadingRow;
  target: Target;
  range: { start: number; end: number };
  rows: Seen['rows'];
}

/** Decides on an access by what was seen. */
function allowed(deps: RecordsDeps, actor: Actor, request: ContentRequest, seen: Seen | undefined): Allowed {
  if (!seen) throw new CodedError('not_found');
  if (!seen.still) throw new CodedError('forbidden', { detail: 'taken meanwhile' });
  const { reading, record, rows } = seen;
  checkOpen(deps, reading);
  if (!record) throw new CodedError('not_found');
  if (!isReadable(record.state as RecordState)) throw new CodedError('wrong_state', { params: { state: record.state, step: 'read' } });
  askFactor(actor, record, reading.grant_id === null);
  if (!mayStill(deps, actor, request.kind, reading, record)) throw new CodedError('forbidden');
  const target = targetOf(reading, seen.target);
  if (!mayLeave(request, reading, target)) throw new CodedError('forbidden', { detail: 'only under a mark' });
  return { reading, target, range: rangeOf(request, target.size), rows };
}

function accessOf(deps: RecordsDeps, request: ContentRequest, { reading, target, range }: Allowed): NewAccess {
  const at = deps.now();
  return {
    id: newId(),
    reading_id: reading.id,
    object_id: target.objectId,
    file_id: target.fileId,
    kind: request.kind,
    start: range.start,
    end: range.end,
    at,
    expires: expiry(deps, at),
  };
}

function entryOf(deps: RecordsDeps, actor: Actor, request: ContentRequest, { reading, target, range }: Allowed, access: string): EntryInput {
  return {
    actor,
    act: BEGINS[request.kind],
    subject: { kind: target.fileId === null ? 'record' : 'file', id: target.fileId ?? reading.record_id, version: reading.version_id },
    purpose: reading.purpose,
    decision: 'allow',
    policy: deps.access.version(),
    facts: {
      reading: reading.id,
      record: reading.record_id,
      access,
      ...(request.page === undefined ? {} : { page: request.page }),
      ...scopeFacts(scopeOf(actor, target, range)),
    },
  };
}

/** The entry that stands in the log before the first byte. */
const BEGINS = { view: 'reading.view.begin', print: 'reading.print', download: 'reading.download.begin' } as const satisfies Record<AccessKind, string>;

/** Printing and downloading need what the reading was opened with and what the rules say now; what was opened by role needs that role still, whatever was granted. */
function mayStill(deps: RecordsDeps, actor: Actor, kind: AccessKind, reading: ReadingRow, record: NonNullable<Seen['record']>): boolean {
  if (reading.grant_id === null && deps.access.decide(actor, 'record.read', record).rule === GRANT_RULE) return false;
  switch (kind) {
    case 'view':
      return true;
    case 'print':
      return reading.may_print && deps.access.decide(actor, 'record.print', record).allow;
    case 'download':
      return reading.may_download && deps.access.decide(actor, 'record.download', record).allow;
  }
}

/** Whether files of a reading are shown under a mark only: under every grant (R46). By role they are viewed as they are, and printed under a mark. */
export const isMarked = (reading: Pick<ReadingRow, 'grant_id'>): boolean => reading.grant_id !== null;

/** A sound cannot bear a mark; under a grant every other file leaves as it is only to be downloaded, where the grant allows that. */
function mayLeave(request: ContentRequest, reading: ReadingRow, target: Target): boolean {
  if (reading.grant_kind === 'external' && request.kind === 'download' && target.fileId !== null) return request.marked === true;
  if (target.fileId === null || request.marked === true || request.kind === 'download' || target.type.startsWith('audio/')) return true;
  return request.kind === 'view' ? !isMarked(reading) : !isPaintable(target.type);
}

interface Begun {
  id: string;
  reading: ReadingRow;
  target: Target;
  range: { start: number; end: number };
  pending: PendingEntry;
}

function scopeOf(actor: Actor, target: Target, range: { start: number; end: number }): ReceiptScope {
  const whole = range.start === 0 && range.end === target.size;
  return { actorPseudonym: actor.pseudonym, objectId: target.objectId, range: whole ? null : range };
}

async function release(deps: RecordsDeps, actor: Actor, begun: Begun, running: Running): Promise<Content> {
  const { target, range } = begun;
  const scope = scopeOf(actor, target, range);
  const under = begun.reading.grant_id ?? begun.reading.standing_rule;
  const ends = under === null ? undefined : deps.streams.begin(under);
  let told = false;
  /** Once: a stream that is stopped before its first byte ends by itself and by the error that says so. */
  const tell = async (bytes: number, all: boolean): Promise<void> => {
    if (told) return;
    told = true;
    await end(deps, actor, begun, bytes, all);
  };
  try {
    const receipt = deps.audit.receipt(begun.pending, scope); // the vault fetches the sealed bytes meanwhile
    const over = receipt.then(() => endedMeanwhile(deps, begun.reading)); // asked while the key is unwrapped
    over.catch(() => undefined); // waited for below, where there is something to open
    const opened = await deps.vault.open(actor, receipt, target.objectId, scope.range);
    const body = metered(opened.body, range.end - range.start, (bytes, all) => void tell(bytes, all));
    for (const one of [running, ends]) one?.follow(body);
    if (running.stopped || ends?.stopped === true) {
      body.destroy();
      throw new CodedError('reading_expired');
    }
    await guard(deps, begun.reading, body, over);
    return {
      size: target.size,
      start: range.start,
      end: range.end,
      type: target.type,
      name: target.name,
      body,
      under: under === null ? null : { id: under, until: begun.reading.grant_ends ?? begun.reading.rule_ends },
      left: () => body.left,
    };
  } catch (error) {
    ends?.forget();
    await tell(0, false);
    throw error;
  }
}

/** A grant or standing rule that ends stops what runs under it, also one that ended between the entry and the first byte, or whose last moment comes meanwhile. */
async function guard(deps: RecordsDeps, reading: ReadingRow, body: Metered, over: Promise<boolean>): Promise<void> {
  const ends = reading.grant_ends ?? reading.rule_ends;
  if (ends !== null) body.until(() => deps.now() < ends);
  if (await over) {
    body.destroy();
    throw new CodedError('reading_expired');
  }
}

/** Whether what it is read under ended after it was looked at, by now. */
async function endedMeanwhile(deps: RecordsDeps, { grant_id: grant, standing_rule: rule }: ReadingRow): Promise<boolean> {
  return (grant !== null || rule !== null) && isOver(deps.db, { grant, rule }, deps.now());
}

function checkOpen(deps: RecordsDeps, reading: ReadingRow): void {
  const over = (end: Date | null): boolean => end !== null && end <= deps.now();
  if (reading.state !== 'open' || reading.expires_at < deps.now() || over(reading.grant_ends) || over(reading.rule_ends))
    throw new CodedError('reading_expired');
}

function expiry(deps: RecordsDeps, at: Date): Date {
  return new Date(at.getTime() + deps.settings.readingIdleMinutes * 60_000);
}

function targetOf(reading: ReadingRow, found: Seen['target']): Target {
  if (!found) throw new CodedError('not_found');
  const common = { objectId: found.object_id, fileId: found.file_id, size: Number(found.size) };
  if (found.file_id === null) return { ...common, type: 'application/json; charset=utf-8', name: `${reading.archival_code ?? reading.record_id}.json` };
  return { ...common, type: found.media_type ?? '', name: found.name ?? '' };
}

/** Decides a range against the real size (RFC 9110 §14); `range_not_satisfiable` when it lies outside. */
export function rangeOf(request: Pick<ContentRequest, 'range'>, size: number): { start: number; end: number } {
  const { range } = request;
  if (!range) return { start: 0, end: size };
  const start = 'suffix' in range ? Math.max(0, size - range.suffix) : range.first;
  const end = 'suffix' in range || range.last === null ? size : Math.min(size, range.last + 1);
  if (start >= end) throw new CodedError('range_not_satisfiable', { params: { size } });
  return { start, end };
}

/** A refusal inside a reading is on record as well. */
async function refused(deps: RecordsDeps, actor: Actor, request: ContentRequest, error: unknown): Promise<never> {
  if (error instanceof CodedError && error.status < 500 && error.code !== 'range_not_satisfiable') {
    await deps.db.tx(async (tx) => {
      await deps.audit.append(tx, {
        actor,
        act: 'reading.refused',
        subject: { kind: 'reading', id: request.readingId },
        decision: 'deny',
        policy: deps.access.version(),
        facts: { why: error.code, asked: request.kind, file: request.fileId ?? null },
      });
    });
  }
  throw error;
}

async function end(deps: RecordsDeps, actor: Actor, begun: Begun, bytes: number, whole: boolean): Promise<void> {
  const at = deps.now();
  try {
    await deps.db.tx(async (tx) => {
      const entry = await deps.audit.append(tx, {
        actor,
        act: 'reading.end',
        subject: { kind: 'reading', id: begun.reading.id },
        purpose: begun.reading.purpose,
        decision: 'allow',
        facts: { access: begun.id, record: begun.reading.record_id, bytes, whole },
      });
      await endAccess(tx, begun.id, { at, entry: entry.id, bytes, whole });
      await touchReading(tx, begun.reading.id, at, expiry(deps, at));
    });
  } catch {
    deps.onTrouble('access_end_unwritten'); // the next start closes it as unknown
  }
}
