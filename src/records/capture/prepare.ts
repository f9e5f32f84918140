import { defaultSensitivity, maskClient, maskPhone, maskText, checkForm, purposesOf, scopeOf, filingYear, type Scheme } from '../../classification/index.js';
import { canonicalJson, sealField, type Keystore } from '../../crypto/index.js';
import { newId } from '../../db/index.js';
import { CodedError, type FieldError } from '../../errors/index.js';
import type { RetentionDecision, ScheduleSet } from '../../retention/index.js';
import type { RecordDraft } from '../draft.js';
import { phoneKey } from '../phone.js';
import type { RecordsSettings } from '../deps.js';
import { termOf } from '../term.js';
import type { Sensitivity } from '../values.js';

/** Clocks of source systems differ; this much future is taken for now. Milliseconds. */
const CLOCK_SKEW = 5 * 60_000;

export interface PrepareContext {
  scheme: Scheme;
  schedules: ScheduleSet;
  settings: RecordsSettings;
  keystore: Keystore;
  now: Date;
  /** Set where the records manager has confirmed a longer term before. */
  specialTerm?: 'confirmed';
}

/** A draft that passed every check: its catalogue row (without codes and places) and what its sealed body will hold. */
export interface Prepared {
  id: string;
  versionId: string;
  /** As handed over; the sealed body holds exactly this. */
  draft: RecordDraft;
  missing: FieldError[];
  term: RetentionDecision;
  row: CatalogueRow;
}

export interface CatalogueRow {
  fonds: string;
  source_system: string;
  service_no: string;
  complete: boolean;
  missing: string;
  service_type: string;
  client_type: string;
  medium: string;
  sensitivity: string;
  channel: string;
  department: string;
  client_number: string;
  client_name_masked: string;
  client_name_sealed: Buffer | null;
  client_phone_masked: string;
  client_phone_key: Buffer | null;
  staff_number: string;
  staff_name: string;
  title: string;
  tags: string;
  cross_reference: string;
  year: number;
  opened_at: Date;
  closed_at: Date;
  return_call_at: Date | null;
  returns_call: boolean;
  has_feedback: boolean;
  evaluation: number | null;
  scheme_version: string;
  schedule_version: string;
  term_rule: string;
  term_until: string;
  term_minimum: string;
  term_maximum: string | null;
  term_reasons: string;
  purposes: string;
  special_term: string;
}

/**
 * Decides on one draft. Throws what refuses it for good: `open_case`, `closed_before_opened` and other wrong times as
 * `invalid_field`, `out_of_scope` with the rule. What is merely missing makes it incomplete: it waits for the clerk.
 */
export function prepare(draft: RecordDraft, context: PrepareContext, id = newId()): Prepared {
  const { scheme, settings, now } = context;
  checkTimes(draft, now);
  const scope = scopeOf(scheme, draft);
  if (scope.decision === 'out') throw new CodedError('out_of_scope', { params: { rule: scope.rule ?? 'default' } });
  const whole = { ...draft, fonds: draft.fonds ?? settings.fonds, sensitivity: draft.sensitivity ?? defaultSensitivity(scheme, draft) };
  const missing = checkForm(scheme, whole);
  const term = termOf(context.schedules, { ...retentionSubject(whole), ...(context.specialTerm ? { specialTerm: context.specialTerm } : {}) }, now);
  return { id, versionId: newId(), draft, missing, term, row: catalogueRow(whole, missing, term, context, id) };
}

/** What the retention rules look at, of a draft. A longer term that is only asked for does not act. */
function retentionSubject(draft: RecordDraft & { sensitivity: Sensitivity }): Parameters<typeof termOf>[1] {
  return {
    closedAt: new Date(draft.closedAt),
    serviceType: draft.serviceType,
    clientType: draft.client.type,
    channel: draft.channel,
    medium: draft.medium,
    sensitivity: draft.sensitivity,
    tags: draft.tags ?? [],
    forms: draft.feedback === undefined ? [] : ['feedback'],
    ...(draft.specialTerm === undefined ? {} : { specialTerm: 'asked' as const }),
  };
}

function checkTimes(draft: RecordDraft, now: Date): void {
  const fields: FieldError[] = [];
  const opened = Date.parse(draft.openedAt);
  const closed = Date.parse(draft.closedAt);
  if (draft.status === 'open') fields.push({ field: 'status', code: 'open_case' });
  if (closed < opened) fields.push({ field: 'closedAt', code: 'closed_before_opened' });
  if (closed > now.getTime() + CLOCK_SKEW) fields.push({ field: 'closedAt', code: 'in_the_future' });
  if (opened < Date.UTC(1980, 0, 1)) fields.push({ field: 'openedAt', code: 'too_early' });
  if (draft.servedAt !== undefined && Date.parse(draft.servedAt) < opened) fields.push({ field: 'servedAt', code: 'served_before_opened' });
  if (draft.returnCall && Date.parse(draft.returnCall.at) < opened) fields.push({ field: 'returnCall.at', code: 'before_opening' });
  if (fields.length > 0) throw new CodedError('invalid_field', { fields });
}

function catalogueRow(
  draft: RecordDraft & { sensitivity: Sensitivity },
  missing: FieldError[],
  term: RetentionDecision,
  context: PrepareContext,
  id: string,
): CatalogueRow {
  const { keystore, scheme, settings } = context;
  const phone = draft.client.phone;
  const shown = maskedFields(draft);
  return {
    fonds: draft.fonds ?? settings.fonds,
    source_system: draft.source.system,
    service_no: draft.serviceNo,
    complete: missing.length === 0,
    missing: JSON.stringify(missing),
    service_type: draft.serviceType,
    client_type: draft.client.type,
    medium: draft.medium,
    sensitivity: draft.sensitivity,
    channel: draft.channel,
    department: draft.department,
    client_number: draft.client.number,
    client_name_masked: draft.client.name === undefined ? '' : maskClient(draft.client.name, draft.client.type),
    client_name_sealed: draft.client.name === undefined ? null : sealField(keystore.secret('catalogue'), nameContext(id), draft.client.name),
    client_phone_masked: phone === undefined ? '' : maskPhone(phone),
    client_phone_key: phone === undefined ? null : (phoneKey(keystore.secret('phone-index'), phone) ?? null),
    staff_number: draft.staff.number ?? '',
    staff_name: draft.staff.name,
    title: shown.title,
    tags: JSON.stringify(shown.tags),
    cross_reference: shown.crossReference,
    year: filingYear(new Date(draft.closedAt), settings.zone),
    opened_at: new Date(draft.openedAt),
    closed_at: new Date(draft.closedAt),
    return_call_at: draft.returnCall ? new Date(draft.returnCall.at) : null,
    returns_call: draft.serviceType === 'complaint' || draft.feedback !== undefined,
    has_feedback: draft.feedback !== undefined,
    evaluation: draft.evaluation ?? null,
    scheme_version: scheme.version,
    ...termColumns(term),
    purposes: JSON.stringify(purposesOf(scheme, draft)),
    special_term: draft.specialTerm === undefined ? 'none' : 'asked',
  };
}

type TermColumns = 'schedule_version' | 'term_rule' | 'term_until' | 'term_minimum' | 'term_maximum' | 'term_reasons';

/** A term as the catalogue keeps it. */
export function termColumns(term: RetentionDecision): Pick<CatalogueRow, TermColumns> {
  return {
    schedule_version: term.version,
    term_rule: term.rule,
    term_until: term.until,
    term_minimum: term.minimum,
    term_maximum: term.maximum,
    term_reasons: JSON.stringify(term.reasons),
  };
}

/** The free texts of a draft as the catalogue shows them. */
export function maskedFields(draft: RecordDraft): { title: string; tags: string[]; crossReference: string } {
  const names = namesIn(draft);
  const mask = (text: string): string => maskText(text, names).text;
  return { title: mask(draft.title), tags: (draft.tags ?? []).map(mask), crossReference: mask(draft.crossReference ?? '') };
}

/** Names that a draft itself tells to be those of the client's side: masked wherever the catalogue would show them. */
export function namesIn(draft: RecordDraft): string[] {
  const person = draft.client.name !== undefined && draft.client.type !== 'enterprise' && draft.client.type !== 'government';
  const names = [...(person ? [draft.client.name ?? ''] : []), ...(draft.participants ?? []).map((one) => one.name)];
  return names.filter((name) => name !== draft.staff.name);
}

/** Associated data of a client's sealed name: it cannot be moved to another record. */
export function nameContext(recordId: string): string {
  return `record/${recordId}/client-name`;
}

/** One file as the sealed body names it; the catalogue shows the cleaned name only. */
export interface BodyFile {
  /** As sent. */
  original: string;
  name: string;
  type: string;
  size: number;
}

/** The sealed body of a version: the whole draft and the original names of its files, as canonical JSON (RFC 8785). */
export function bodyBytes(draft: RecordDraft, files: readonly BodyFile[]): Buffer {
  return Buffer.from(canonicalJson({ v: 1, draft, files }), 'utf8');
}
