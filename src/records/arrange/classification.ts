import { maskText, SENSITIVITIES } from '../../classification/index.js';
import { maskedFields } from '../capture/prepare.js';
import type { RecordDraft } from '../draft.js';
import type { ClientType, Sensitivity, ServiceType } from '../values.js';
import type { LockedRecord } from './store.js';

/** What reclassification may change, as the catalogue keeps it. */
export interface Classification {
  service_type: string;
  client_type: string;
  sensitivity: string;
  tags: string[];
}

export interface Difference {
  field: string;
  old: string | null;
  new: string | null;
}

/** What changes from one classification to another, for the record's history. */
export function differences(from: Classification, to: Classification): Difference[] {
  const list: Difference[] = [];
  if (to.service_type !== from.service_type) list.push({ field: 'serviceType', old: from.service_type, new: to.service_type });
  if (to.client_type !== from.client_type) list.push({ field: 'clientType', old: from.client_type, new: to.client_type });
  if (to.sensitivity !== from.sensitivity) list.push({ field: 'sensitivity', old: from.sensitivity, new: to.sensitivity });
  if (to.tags.join('\n') !== from.tags.join('\n')) list.push({ field: 'tags', old: from.tags.join(', '), new: to.tags.join(', ') });
  return list;
}

/** Changes as facts of an entry, what was before apart; tags are free words and stay out. */
export function changeFacts(changes: readonly Difference[]): Record<string, string> {
  const codes = changes.filter((one) => one.field !== 'tags');
  return Object.fromEntries(
    codes.flatMap((one) => [
      [one.field, one.new ?? ''],
      [`${one.field}Before`, one.old ?? ''],
    ]),
  );
}

/** Tags as the catalogue may show them. */
export function maskTags(tags: readonly string[]): string[] {
  return tags.map((tag) => maskText(tag, []).text);
}

/** Whether a sensitivity is less than another: fewer doors are shut. */
export function isLower(one: string, than: string): boolean {
  return SENSITIVITIES.indexOf(one as Sensitivity) < SENSITIVITIES.indexOf(than as Sensitivity);
}

/**
 * A draft as the archive has classified it since it came in: a completion starts from there, so that it never takes back
 * what was decided in between.
 */
export function asClassified(draft: RecordDraft, now: LockedRecord): RecordDraft {
  const own = maskedFields(draft).tags.join('\n') === now.tags.join('\n');
  return {
    ...draft,
    serviceType: now.service_type as ServiceType,
    client: { ...draft.client, type: now.client_type as ClientType },
    sensitivity: now.sensitivity as Sensitivity,
    ...(own ? {} : { tags: now.tags }),
  };
}
