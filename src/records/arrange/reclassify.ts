import type { Actor } from '../../audit/index.js';
import { newId } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import type { RecordsDeps } from '../deps.js';
import type { ClientType, Sensitivity, ServiceType } from '../values.js';
import { applyClassification } from './apply.js';
import { differences, isLower, maskTags } from './classification.js';
import { insertLowering, supersedeLowering, waitingLowering } from './lowering/store.js';
import { onRecord } from './refusal.js';
import { lockRecord } from './store.js';
import { storedOf } from './term.js';

export interface ReclassifyInput {
  recordId: string;
  serviceType?: ServiceType | undefined;
  clientType?: ClientType | undefined;
  sensitivity?: Sensitivity | undefined;
  tags?: string[] | undefined;
}

/** What became of it: a lowered sensitivity waits for a second person, everything else acts at once. */
export interface Reclassified {
  /** The proposal that waits; `null` where nothing waits. */
  lowering: string | null;
}

/**
 * Changes a record's classification; its history stays and its archival code never changes (R14, R18). The term is
 * decided anew and only ever moves to a later day by itself; the locks in the store follow it. A sensitivity is raised at
 * once and lowered by two persons: whoever may reclassify would else open to himself what was shut to him.
 */
export async function reclassify(deps: RecordsDeps, actor: Actor, input: ReclassifyInput): Promise<Reclassified> {
  return onRecord(deps, actor, { act: 'record.reclassify', recordId: input.recordId }, () => change(deps, actor, input));
}

async function change(deps: RecordsDeps, actor: Actor, input: ReclassifyInput): Promise<Reclassified> {
  const stored = await storedOf(deps, input.recordId);
  return deps.db.tx(async (tx) => {
    const record = await lockRecord(tx, input.recordId, deps.access.where(actor, 'record.reclassify', 'r'));
    if (!record) throw new CodedError('not_found');
    if (record.state !== 'archived' && record.state !== 'received')
      throw new CodedError('wrong_state', { params: { state: record.state, step: 'reclassify' } });
    const asked = input.sensitivity ?? record.sensitivity;
    const lowers = isLower(asked, record.sensitivity);
    const to = {
      service_type: input.serviceType ?? record.service_type,
      client_type: input.clientType ?? record.client_type,
      sensitivity: lowers ? record.sensitivity : asked,
      tags: input.tags ? maskTags(input.tags) : record.tags,
    };
    const changed = differences(record, to).length > 0;
    const waiting = await waitingLowering(tx, record.id);
    if (!changed && (!lowers || waiting?.to_level === asked)) throw new CodedError('conflict');
    if (changed) await applyClassification(deps, tx, actor, { record, to, stored, act: 'record.reclassify' });
    // a proposal was about the sensitivity that stood there then
    if (waiting && (lowers || to.sensitivity !== record.sensitivity)) await supersedeLowering(tx, record.id, deps.now());
    if (!lowers) return { lowering: null };
    if (actor.personId === null) throw new CodedError('forbidden');
    const id = newId();
    const entry = await deps.audit.append(tx, {
      actor,
      act: 'record.lowering_propose',
      subject: { kind: 'record', id: record.id },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { lowering: id, sensitivity: asked, sensitivityBefore: record.sensitivity },
    });
    await insertLowering(tx, { id, record: record.id, from: record.sensitivity, to: asked, by: actor.personId, at: deps.now(), entry: entry.id });
    return { lowering: id };
  });
}
