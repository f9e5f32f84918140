import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { openTimestamp, timestampRequest } from '../../crypto/index.js';
import { CodedError } from '../../errors/index.js';
import { logPrefix } from './layout.js';
import { put, type PublishDeps } from './publish.js';
import { selectLastPublished, selectOpen } from './store.js';

export interface Authority {
  url: string;
  /** Certificates (PEM) that its tokens must come from: a token that nobody could verify is not kept. */
  roots: readonly string[];
  /** Milliseconds between time stamps of a log that grows. */
  every: number;
}

export interface StampDeps extends PublishDeps {
  authority: Authority;
  random: (n: number) => Buffer;
}

/** Longest answer taken, in bytes; and milliseconds waited for it. */
const MOST_BYTES = 65_536;
const PATIENCE = 20_000;

/**
 * Has the newest published checkpoint of each log stamped by a time-stamping authority (RFC 3161): of the log under way once in an
 * interval, of a closed one at once, so that each year ends with a time stamp. What comes back is checked before it is kept.
 * @returns what was stamped
 * @throws `store_unavailable` where the authority gives no good answer
 */
export async function stampLog(deps: StampDeps): Promise<{ log: string; size: bigint; at: Date }[]> {
  const stamped: { log: string; size: bigint; at: Date }[] = [];
  const logs = (await selectOpen(deps.auditDb)).map((one) => one.log);
  for (const log of logs) {
    const newest = await selectLastPublished(deps.auditDb, log, 'checkpoint');
    const last = await selectLastPublished(deps.auditDb, log, 'timestamp');
    const closed = log !== logs.at(-1);
    const due = last === undefined || closed || deps.now().getTime() - last.at.getTime() >= deps.authority.every;
    if (!newest || !due || last?.size === newest.size) continue;
    stamped.push({ log, size: newest.size, at: await stampOne(deps, log, newest) });
  }
  return stamped;
}

async function stampOne(deps: StampDeps, log: string, checkpoint: { key: string; version: string; size: bigint }): Promise<Date> {
  const digest = createHash('sha256')
    .update(await buffer(await deps.store.get(checkpoint)))
    .digest();
  const { request, nonce } = timestampRequest(digest, deps.random(8));
  const answer = await ask(deps.authority.url, request);
  const stamp = openTimestamp(answer, deps.authority.roots);
  if (!stamp || !stamp.digest.equals(digest) || !stamp.nonce?.equals(nonce)) throw refused('its answer is no time stamp of a trusted authority for this');
  const name = `${String(checkpoint.size).padStart(20, '0')}-${stamp.at.getTime()}.tsr`;
  const key = `${logPrefix(deps.archiveId, log)}/timestamps/${name}`;
  await put(deps, deps.auditDb, { key, log, kind: 'timestamp', size: checkpoint.size, fullAt: null }, answer);
  return stamp.at;
}

function refused(detail: string, cause?: unknown): CodedError {
  return new CodedError('store_unavailable', { detail: `time-stamping authority: ${detail}`, ...(cause === undefined ? {} : { cause }) });
}

async function ask(url: string, request: Buffer): Promise<Buffer> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' },
      body: new Uint8Array(request),
      signal: AbortSignal.timeout(PATIENCE),
      redirect: 'error',
    });
    if (!answer.ok) throw refused(`answered ${answer.status}`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (bytes.length > MOST_BYTES) throw refused('its answer is too long');
    return bytes;
  } catch (error) {
    throw error instanceof CodedError ? error : refused('out of reach', error);
  }
}
