import type { Actor, Audit } from '../../audit/index.js';
import { checkDisclosure, type DisclosureInput } from '../../classification/index.js';
import { sealField, type Keystore } from '../../crypto/index.js';
import { newId, type Tx } from '../../db/index.js';
import { CodedError, invalidField } from '../../errors/index.js';
import { insertDisclosure } from './store.js';

export { listDisclosures } from './store.js';
export type { DisclosureFilter, DisclosureRow } from './store.js';

/** Ways in which something goes to people outside. */
export const DISCLOSURE_KINDS = ['request', 'certified_copy', 'supervised', 'client_copy', 'other'] as const;
export type DisclosureKind = (typeof DISCLOSURE_KINDS)[number];

export const RECIPIENT_LENGTH = 200;
/** Records of one disclosure. */
export const DISCLOSURE_RECORDS = 5_000;

export interface DisclosureDeps {
  audit: Pick<Audit, 'append'>;
  access: { version(): string };
  keystore: Pick<Keystore, 'secret'>;
  now(): Date;
}

export interface DisclosureEvent {
  kind: DisclosureKind;
  /** The application, certified copy, grant or privacy request behind it. */
  sourceId: string | null;
  /** Who gets it; kept sealed. */
  recipient: string;
  recordIds: readonly string[];
  /** Basis, paper, article, number of the assessment; checked here again. */
  disclosure: DisclosureInput;
}

/**
 * Puts a disclosure to somebody outside on the register (R103), in the transaction of the act that makes it: an external
 * grant, a certified copy, a supervised reading, a client's copy. Without a basis, or what the basis demands, it throws
 * `invalid_field`, and so the act does not happen; the database checks the same.
 */
export async function recordDisclosure(tx: Tx, deps: DisclosureDeps, actor: Actor, input: DisclosureEvent): Promise<{ id: string }> {
  const { disclosure, errors } = checkDisclosure(input.disclosure);
  if (disclosure === null) throw new CodedError('invalid_field', { fields: errors });
  if (actor.personId === null) throw new CodedError('forbidden');
  const recipient = input.recipient.trim();
  if (recipient === '') throw invalidField('recipient', 'missing');
  if (recipient.length > RECIPIENT_LENGTH) throw invalidField('recipient', 'too_long', { max: RECIPIENT_LENGTH });
  const records = [...new Set(input.recordIds)];
  if (records.length === 0) throw invalidField('records', 'missing');
  if (records.length > DISCLOSURE_RECORDS) throw invalidField('records', 'too_long', { max: DISCLOSURE_RECORDS });
  const id = newId();
  const { basis, reference, law, assessment } = disclosure;
  const entry = await deps.audit.append(tx, {
    actor,
    act: 'disclosure.record',
    subject: { kind: 'disclosure', id },
    decision: 'allow',
    policy: deps.access.version(),
    facts: { kind: input.kind, basis, assessment, records: records.length, ...(input.sourceId === null ? {} : { cause: input.sourceId }) },
    side: { recipient, ...(reference === '' ? {} : { reference }), ...(law === '' ? {} : { law }) },
  });
  const secret = deps.keystore.secret('catalogue');
  await insertDisclosure(tx, {
    id,
    at: deps.now(),
    by: actor.personId,
    kind: input.kind,
    source: input.sourceId,
    recipient: sealField(secret, recipientContext(id), recipient),
    basis,
    reference: reference === '' ? null : sealField(secret, referenceContext(id), reference),
    law,
    assessment,
    records,
    entry: entry.id,
  });
  return { id };
}

/** Associated data of what is sealed of a disclosure. */
export const recipientContext = (id: string): string => `disclosure/${id}/recipient`;
export const referenceContext = (id: string): string => `disclosure/${id}/reference`;
