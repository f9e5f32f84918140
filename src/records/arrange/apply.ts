import type { Actor } from '../../audit/index.js';
import { purposesOf, type Scheme } from '../../classification/index.js';
import type { Tx } from '../../db/index.js';
import type { RecordsDeps } from '../deps.js';
import type { ServiceType } from '../values.js';
import { changeFacts, differences, type Classification } from './classification.js';
import { insertHistory, type LockedRecord, setClassification } from './store.js';
import { eventsOf } from '../terms/store.js';
import { putTerm, renewTerm, type storedOf } from './term.js';

export interface ApplyInput {
  /** Under lock. */
  record: LockedRecord;
  to: Classification;
  stored: Awaited<ReturnType<typeof storedOf>>;
  act: 'record.reclassify' | 'record.lowering_agree';
  facts?: Record<string, string>;
}

/** Puts a classification in place of another, with its entry, its history, and the term that follows from it. */
export async function applyClassification(deps: RecordsDeps, tx: Tx, actor: Actor, input: ApplyInput): Promise<void> {
  const { record, stored } = input;
  const { service_type, client_type, sensitivity, tags } = input.to;
  const to = { service_type, client_type, sensitivity, tags };
  const changes = differences(record, to);
  const next = renewTerm(deps, record, to, await eventsOf(tx, record.id));
  const scheme = deps.schemes.newest;
  const purposes = purposesFor(scheme, to.service_type as ServiceType, record.has_feedback);
  const entry = await deps.audit.append(tx, {
    actor,
    act: input.act,
    subject: { kind: 'record', id: record.id },
    decision: 'allow',
    policy: deps.access.version(),
    facts: { scheme: scheme.version, ...changeFacts(changes), purposes, until: next.until, minimum: next.minimum, ...input.facts },
  });
  await setClassification(tx, record.id, {
    ...to,
    purposes,
    returns_call: to.service_type === 'complaint' || record.has_feedback,
    scheme_version: scheme.version,
  });
  await putTerm(deps, tx, record, next, stored, { entry: entry.id, by: actor.pseudonym });
  const term = next.until === record.term_until ? [] : [{ field: 'term', old: record.term_until, new: next.until }];
  await insertHistory(
    tx,
    [...changes, ...term].map((one) => ({ record: record.id, at: deps.now(), by: actor.pseudonym, entry: entry.id, ...one })),
  );
}

/** Purposes under the newest scheme; the feedback form narrows them whatever the type is (R94). */
function purposesFor(scheme: Scheme, serviceType: ServiceType, feedback: boolean): string[] {
  return purposesOf(scheme, { serviceType, ...(feedback ? { feedback: {} } : {}) });
}
