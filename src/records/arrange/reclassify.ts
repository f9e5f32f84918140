import type { Actor } from '../../audit/index.js';
import { purposesOf, type Scheme } from '../../classification/index.js';
import { CodedError } from '../../errors/index.js';
import type { RecordsDeps } from '../deps.js';
import type { ClientType, Sensitivity, ServiceType } from '../values.js';
import { changeFacts, differences, maskTags } from './classification.js';
import { onRecord } from './refusal.js';
import { insertHistory, lockRecord, setClassification } from './store.js';
import { applyTerm, renewTerm, storedOf } from './term.js';

export interface ReclassifyInput {
  recordId: string;
  serviceType?: ServiceType | undefined;
  clientType?: ClientType | undefined;
  sensitivity?: Sensitivity | undefined;
  tags?: string[] | undefined;
}

/**
 * Changes a record's classification; its history stays and its archival code never changes (R14, R18). The term is
 * decided anew and only ever moves to a later day by itself; the locks in the store follow it.
 */
export async function reclassify(deps: RecordsDeps, actor: Actor, input: ReclassifyInput): Promise<void> {
  await onRecord(deps, actor, { act: 'record.reclassify', recordId: input.recordId }, () => change(deps, actor, input));
}

async function change(deps: RecordsDeps, actor: Actor, input: ReclassifyInput): Promise<void> {
  const stored = await storedOf(deps, input.recordId);
  await deps.db.tx(async (tx) => {
    const record = await lockRecord(tx, input.recordId, deps.access.where(actor, 'record.reclassify', 'r'));
    if (!record) throw new CodedError('not_found');
    if (record.state !== 'archived' && record.state !== 'received')
      throw new CodedError('wrong_state', { params: { state: record.state, step: 'reclassify' } });
    const to = {
      service_type: input.serviceType ?? record.service_type,
      client_type: input.clientType ?? record.client_type,
      sensitivity: input.sensitivity ?? record.sensitivity,
      tags: input.tags ? maskTags(input.tags) : record.tags,
    };
    const changes = differences(record, to);
    if (changes.length === 0) throw new CodedError('conflict');
    const next = renewTerm(deps, record, to);
    const scheme = deps.schemes.newest;
    const entry = await deps.audit.append(tx, {
      actor,
      act: 'record.reclassify',
      subject: { kind: 'record', id: record.id },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { scheme: scheme.version, ...changeFacts(changes), until: next.until, minimum: next.minimum },
    });
    await setClassification(tx, record.id, {
      ...to,
      purposes: purposesFor(scheme, to.service_type as ServiceType, record.has_feedback),
      returns_call: to.service_type === 'complaint' || record.has_feedback,
      scheme_version: scheme.version,
    });
    await applyTerm(deps, tx, record, next, stored);
    const term = next.until === record.term_until ? [] : [{ field: 'term', old: record.term_until, new: next.until }];
    await insertHistory(
      tx,
      [...changes, ...term].map((one) => ({ record: record.id, at: deps.now(), by: actor.pseudonym, entry: entry.id, ...one })),
    );
  });
}

/** Purposes under the newest scheme; the feedback form narrows them whatever the type is (R94). */
function purposesFor(scheme: Scheme, serviceType: ServiceType, feedback: boolean): string[] {
  return purposesOf(scheme, { serviceType, ...(feedback ? { feedback: {} } : {}) });
}
