import type { Actor } from '../../audit/index.js';
import { purposesOf, type Scheme } from '../../classification/index.js';
import { CodedError } from '../../errors/index.js';
import type { RecordsDeps } from '../deps.js';
import { termColumns, termOf } from '../term.js';
import type { Channel, ClientType, Medium, Sensitivity, ServiceType } from '../values.js';
import { insertHistory, lockRecord, setClassification, setSpecialTerm, type LockedRecord } from './store.js';

export interface ReclassifyInput {
  recordId: string;
  serviceType?: ServiceType | undefined;
  clientType?: ClientType | undefined;
  sensitivity?: Sensitivity | undefined;
  tags?: string[] | undefined;
}

/**
 * Changes a record's classification; its history stays and its archival code never changes (R14, R18). The term is
 * decided anew and only ever moves to a later day by itself: what would shorten it is refused here.
 */
export async function reclassify(deps: RecordsDeps, actor: Actor, input: ReclassifyInput): Promise<void> {
  await deps.db.tx(async (tx) => {
    const record = await lockRecord(tx, input.recordId, deps.access.where(actor, 'record.reclassify', 'r'));
    if (!record) throw new CodedError('not_found');
    if (record.state !== 'archived' && record.state !== 'received')
      throw new CodedError('wrong_state', { params: { state: record.state, step: 'reclassify' } });
    const to = {
      service_type: input.serviceType ?? record.service_type,
      client_type: input.clientType ?? record.client_type,
      sensitivity: input.sensitivity ?? record.sensitivity,
      tags: input.tags ?? record.tags,
    };
    const changes = differences(record, to);
    if (changes.length === 0) throw new CodedError('conflict');
    const next = termOf(deps.schedules, subjectOf(record, to), deps.now());
    const term = next.until < record.term_until ? undefined : next;
    const scheme = deps.schemes.newest;
    const entry = await deps.audit.append(tx, {
      actor,
      act: 'record.reclassify',
      subject: { kind: 'record', id: record.id },
      decision: 'allow',
      policy: deps.access.version(),
      facts: {
        scheme: scheme.version,
        ...Object.fromEntries(
          changes.flatMap((one) =>
            one.field === 'tags'
              ? []
              : [
                  [one.field, one.new],
                  [`${one.field}Before`, one.old],
                ],
          ),
        ),
        until: term?.until ?? record.term_until,
      },
    });
    await setClassification(tx, record.id, {
      ...to,
      purposes: purposesFor(scheme, to.service_type as ServiceType, hasFeedback(record)),
      returns_call: to.service_type === 'complaint' || hasFeedback(record),
      term: term ? termColumns(term) : null,
      scheme_version: scheme.version,
    });
    await insertHistory(tx, [
      ...changes.map((one) => ({ record: record.id, at: deps.now(), by: actor.pseudonym, entry: entry.id, ...one })),
      ...(term && term.until !== record.term_until
        ? [{ record: record.id, at: deps.now(), by: actor.pseudonym, entry: entry.id, field: 'term', old: record.term_until, new: term.until }]
        : []),
    ]);
  });
}

/** Purposes under the newest scheme; the feedback form narrows them whatever the type is (R94). */
function purposesFor(scheme: Scheme, serviceType: ServiceType, feedback: boolean): string[] {
  const draft = { serviceType, ...(feedback ? { feedback: {} } : {}) };
  return purposesOf(scheme, draft);
}

function hasFeedback(record: LockedRecord): boolean {
  return record.has_feedback;
}

function differences(
  record: LockedRecord,
  to: { service_type: string; client_type: string; sensitivity: string; tags: string[] },
): { field: string; old: string | null; new: string | null }[] {
  const list: { field: string; old: string | null; new: string | null }[] = [];
  if (to.service_type !== record.service_type) list.push({ field: 'serviceType', old: record.service_type, new: to.service_type });
  if (to.client_type !== record.client_type) list.push({ field: 'clientType', old: record.client_type, new: to.client_type });
  if (to.sensitivity !== record.sensitivity) list.push({ field: 'sensitivity', old: record.sensitivity, new: to.sensitivity });
  if (to.tags.join('\n') !== record.tags.join('\n')) list.push({ field: 'tags', old: record.tags.join(', '), new: to.tags.join(', ') });
  return list;
}

function subjectOf(record: LockedRecord, to: { service_type: string; client_type: string; sensitivity: string; tags: string[] }): Parameters<typeof termOf>[1] {
  return {
    closedAt: record.closed_at,
    serviceType: to.service_type as ServiceType,
    clientType: to.client_type as ClientType,
    channel: record.channel as Channel,
    medium: record.medium as Medium,
    sensitivity: to.sensitivity as Sensitivity,
    tags: to.tags,
    forms: hasFeedback(record) ? ['feedback'] : [],
    ...(record.special_term === 'confirmed' ? { specialTerm: 'confirmed' as const } : {}),
  };
}

/** Answers an application for a longer term in a special case (R29): only someone other than who asked for it may. */
export async function confirmTerm(deps: RecordsDeps, actor: Actor, input: { recordId: string; confirm: boolean }): Promise<void> {
  await deps.db.tx(async (tx) => {
    const record = await lockRecord(tx, input.recordId, deps.access.where(actor, 'record.confirm_term', 'r'));
    if (!record) throw new CodedError('not_found');
    if (record.special_term !== 'asked') throw new CodedError('wrong_state', { params: { state: record.special_term, step: 'confirm_term' } });
    if (actor.personId === null || actor.personId === record.special_term_asked_by) throw new CodedError('same_person');
    const term = input.confirm ? termOf(deps.schedules, { ...subjectOf(record, record), specialTerm: 'confirmed' }, deps.now()) : undefined;
    const entry = await deps.audit.append(tx, {
      actor,
      act: input.confirm ? 'record.term_confirm' : 'record.term_refuse',
      subject: { kind: 'record', id: record.id },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { until: term?.until ?? record.term_until, rule: term?.rule ?? record.term_rule },
    });
    await setSpecialTerm(tx, record.id, { state: input.confirm ? 'confirmed' : 'refused', term: term ? termColumns(term) : null });
    if (term && term.until !== record.term_until)
      await insertHistory(tx, [
        { record: record.id, at: deps.now(), by: actor.pseudonym, entry: entry.id, field: 'term', old: record.term_until, new: term.until },
      ]);
  });
}
