import { maskName, maskText, type PersonalDataKind } from '../../classification/index.js';
import type { RecordDraft } from '../../records/index.js';

/** What belongs to the client: it stays as it is in the client's own copy. */
export interface OwnData {
  names: ReadonlySet<string>;
  /** Digits only, without a country code. */
  phones: ReadonlySet<string>;
  emails: ReadonlySet<string>;
  addresses: readonly string[];
}

export type Found = Partial<Record<PersonalDataKind, number>>;

/** Digits of a phone number, without +86. */
const digits = (phone: string): string =>
  phone
    .normalize('NFKC')
    .replace(/\D/g, '')
    .replace(/^(?:00)?86(?=1[3-9]\d{9}$)/, '');
const present = (list: readonly (string | undefined)[]): string[] => list.flatMap((one) => (one === undefined || one.trim() === '' ? [] : [one.trim()]));

/** What all records of a client say of the client. */
export function ownData(drafts: readonly RecordDraft[]): OwnData {
  const clients = drafts.map((one) => one.client);
  return {
    names: new Set(present(clients.map((one) => one.name))),
    phones: new Set(present(clients.map((one) => one.phone)).map(digits)),
    emails: new Set(present(clients.map((one) => one.email)).map((one) => one.toLowerCase())),
    addresses: present(clients.map((one) => one.address)),
  };
}

/**
 * Names of everybody else that any of the records tells: hidden in all of them, wherever they stand.
 * @param known names from elsewhere, such as the staff of records that are not opened
 */
export function otherNames(drafts: readonly RecordDraft[], own: OwnData, known: readonly string[] = []): string[] {
  const told = drafts.flatMap((one) => [one.staff.name, one.feedback?.assignedTo, ...(one.participants ?? []).map((each) => each.name)]);
  return [...new Set(present([...told, ...known]))].filter((name) => !own.names.has(name));
}

/** Fields that hold codes, numbers and times, never a person: left as they are. */
const PLAIN = new Set([
  'source.system',
  'serviceNo',
  'fonds',
  'status',
  'openedAt',
  'servedAt',
  'closedAt',
  'serviceType',
  'department',
  'channel',
  'medium',
  'sensitivity',
  'feedback.kind',
  'feedback.priority',
  'signature.kind',
  'followUps.at',
  'returnCall.at',
]);
/** Fields that are a person's name as a whole. */
const NAMES = new Set(['staff.name', 'participants.name', 'feedback.assignedTo']);

/** A draft as its client may have it: what is the client's own stays, what is somebody else's is masked, by kind and count. Pure. */
export function maskForClient(draft: RecordDraft, own: OwnData, others: readonly string[]): { draft: unknown; found: Found } {
  const found: Found = {};
  const count = (kind: PersonalDataKind, n = 1): void => void (found[kind] = (found[kind] ?? 0) + n);
  const spared = ({ kind, plain }: { kind: PersonalDataKind; plain: string }): boolean => {
    if (kind === 'phone') return own.phones.has(digits(plain));
    if (kind === 'email') return own.emails.has(plain.toLowerCase());
    return kind === 'address' && own.addresses.some((one) => one.includes(plain) || plain.includes(one));
  };
  const text = (value: string): string => {
    const masked = maskText(value, others, spared);
    for (const [kind, n] of Object.entries(masked.found)) count(kind as PersonalDataKind, n);
    return masked.text;
  };
  const leaf = (path: string, value: string): string => {
    if (PLAIN.has(path)) return value;
    if (!NAMES.has(path)) return text(value);
    if (own.names.has(value.trim())) return value;
    count('name');
    return maskName(value);
  };
  const walk = (value: unknown, path: string): unknown => {
    if (typeof value === 'string') return leaf(path, value);
    if (Array.isArray(value)) return value.map((one) => walk(one, path));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).filter(([key]) => path !== 'staff' || key !== 'number');
    return Object.fromEntries(entries.map(([key, one]) => [key, walk(one, path === '' ? key : `${path}.${key}`)]));
  };
  const { client, ...rest } = draft;
  return { draft: { ...(walk(rest, '') as object), client }, found };
}

/** A short text under the same rules: a file's name, a title. */
export function maskShort(text: string, others: readonly string[]): string {
  return maskText(text, others).text;
}
