import type { Readable } from 'node:stream';
import { assertSecondFactor } from '../../access/index.js';
import { scopeFacts, type Actor, type ReceiptScope } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import { capacityOf, stepToAnswer } from '../decide/capacity.js';
import type { RequestsDeps } from '../deps.js';
import { onRequest } from '../refusal.js';
import { openText } from '../seals.js';
import { lockRequest, stepsOf } from '../store.js';
import { papersOf, stepsAnsweredAmong } from './store.js';

/** A paper of a person from outside as it was handed in. */
export interface Paper {
  name: string;
  type: string;
  size: number;
  body: Readable;
}

/**
 * Opens letter or proof of identity of a person from outside, for whoever may answer the step that is open now and for nobody
 * else, with the second factor that the answer asks for. The entry stands in the log before the vault is asked for the key, and
 * the stream stops once the step is answered or the right is gone.
 */
export async function openPaper(deps: RequestsDeps, actor: Actor, asked: { requestId: string; paperId: string }): Promise<Paper> {
  return onRequest(deps, actor, { id: asked.requestId, step: 'paper' }, async () => {
    deps.access.authorize(actor, 'request.decide');
    assertSecondFactor(actor);
    // with the open step, and the time of standing in for others
    return deps.streams.under(actor, [asked.requestId, actor.personId], () => give(deps, actor, asked));
  });
}

async function give(deps: RequestsDeps, actor: Actor, asked: { requestId: string; paperId: string }): Promise<Paper> {
  const capacity = await capacityOf(deps, actor);
  const { row, paper, scope, pending } = await deps.db.tx(async (tx) => {
    // locked: the step is not answered between the look at it and the entry
    const row = await lockRequest(tx, asked.requestId);
    if (row === undefined || stepToAnswer(row, await stepsOf(tx, [row.id]), capacity) === null) throw new CodedError('not_found');
    const paper = (await papersOf(tx, row.id)).find((one) => one.id === asked.paperId);
    if (paper === undefined) throw new CodedError('not_found');
    const scope: ReceiptScope = { actorPseudonym: actor.pseudonym, objectId: paper.object_id, range: null };
    const pending = await deps.audit.append(tx, {
      actor,
      act: 'request.paper',
      subject: { kind: 'request', id: row.id },
      purpose: row.purpose,
      decision: 'allow',
      policy: deps.access.version(),
      facts: { request: row.id, number: row.number, paper: paper.kind, ...scopeFacts(scope) },
    });
    return { row, paper, scope, pending };
  });
  const opened = await deps.vault.open(actor, deps.audit.receipt(pending, scope), paper.object_id, null);
  return { name: openText(deps, row.id, `paper/${paper.id}`, paper.name_sealed), type: paper.media_type, size: Number(paper.size), body: opened.body };
}

/** Applications among the running streams whose papers nobody is to see any more, and persons whose time of standing in was ended; for a connection that was away. */
export async function papersOver(deps: Pick<RequestsDeps, 'db' | 'now'>, ids: readonly string[]): Promise<string[]> {
  return ids.length === 0 ? [] : stepsAnsweredAmong(deps.db, ids, new Date(deps.now().getTime() - LOOK_BACK_MS));
}

/** A step that was answered within this time counts as answered while the connection was away. */
const LOOK_BACK_MS = 3_600_000;
