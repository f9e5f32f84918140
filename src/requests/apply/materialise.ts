import { createHash } from 'node:crypto';
import type { Actor } from '../../audit/index.js';
import { canonicalJson } from '../../crypto/index.js';
import { CodedError, invalidField, isCoded } from '../../errors/index.js';
import { isReadable, type RecordState } from '../../records/index.js';
import { MOST_HITS, searchRecords } from '../../search/index.js';
import type { RequestsDeps } from '../deps.js';
import type { Fit, NamedBy } from '../values.js';
import { REQUEST_LIMITS } from '../values.js';
import type { ParsedRequest } from './input.js';
import { namedByClient, namedById, namedByNumber, type NamedRecord } from './store.js';

export interface Materialised {
  by: NamedBy;
  records: (NamedRecord & { fit: Fit })[];
  /** Whether the application names something that the applicant may not find: nothing of it may show what there is. */
  hidden: boolean;
  /** Whether there are more than an application may name. */
  cut: boolean;
}

/** Whether a record can be granted for a purpose at this moment. */
export function fitOf(record: Pick<NamedRecord, 'state' | 'restricted' | 'purposes'>, purpose: string): Fit {
  if (record.restricted) return 'restricted';
  if (!isReadable(record.state as RecordState) || record.state === 'received' || record.state === 'sent_back') return 'state';
  return record.purposes.includes(purpose) ? 'fit' : 'purpose';
}

/** SHA-256 of the list of records, which approvers see and the last of them checks again. */
export function digestOf(ids: readonly string[]): string {
  return `sha256:${createHash('sha256')
    .update(canonicalJson([...ids].sort()))
    .digest('hex')}`;
}

/** The forms in which a typed number may stand in the catalogue. */
const formsOf = (typed: string): string[] => [...new Set([typed, typed.normalize('NFKC'), typed.normalize('NFKC').toUpperCase()])];

/**
 * The records that an application names, as they are now. Ids must be ones that the applicant finds. A typed number that he
 * finds is that record; one that he does not find is looked up for the approvers alone, and nothing tells him the result.
 */
export async function materialise(deps: RequestsDeps, actor: Actor, asked: ParsedRequest): Promise<Materialised> {
  const found = await find(deps, actor, asked);
  const records = found.records.map((one) => ({ ...one, fit: fitOf(one, asked.purpose) }));
  if (found.by === 'records') checkNamed(records.filter((one) => one.listed));
  else if (!found.hidden && !records.some((one) => one.fit === 'fit')) {
    if (records.some((one) => one.fit === 'purpose')) throw new CodedError('purpose_not_allowed');
    throw invalidField(found.by, 'not_known');
  }
  return { ...found, records };
}

/** What he finds and named himself must fit: he is told at once what does not. */
function checkNamed(listed: readonly { fit: Fit; state: string }[]): void {
  if (listed.some((one) => one.fit === 'purpose')) throw new CodedError('purpose_not_allowed');
  const unfit = listed.find((one) => one.fit !== 'fit');
  if (unfit) throw new CodedError('wrong_state', { params: { state: unfit.state, step: 'apply' } });
}

async function find(deps: RequestsDeps, actor: Actor, asked: ParsedRequest): Promise<Omit<Materialised, 'records'> & { records: NamedRecord[] }> {
  const rights = deps.access.where(actor, 'record.list', 'r');
  if (asked.client !== '') {
    const rows = await namedByClient(deps.db, rights, asked.client, REQUEST_LIMITS.found + 1);
    // whoever finds every record is told everything; others are not told whether there are more than they find
    const hidden = deps.access.condition(actor, 'record.list').op !== 'true';
    return { by: 'client', records: rows.slice(0, REQUEST_LIMITS.found), hidden, cut: rows.length > REQUEST_LIMITS.found };
  }
  if (asked.search !== '') {
    const { ids, cut } = await searched(deps, actor, asked.search);
    return { by: 'search', records: await namedById(deps.db, rights, ids), hidden: false, cut };
  }
  const ids = [...new Set(asked.records)];
  const byId = await namedById(deps.db, rights, ids);
  if (byId.length < ids.length) throw invalidField('records', 'not_known');
  const typed = [...new Set(asked.numbers)].map(formsOf);
  const rows = typed.length === 0 ? [] : await namedByNumber(deps.db, rights, typed.flat());
  const listed = rows.filter((one) => one.listed);
  const meets = (one: NamedRecord, forms: string[]): boolean =>
    forms.includes(one.service_no) || (one.archival_code !== null && forms.includes(one.archival_code));
  const unseen = typed.filter((forms) => !listed.some((one) => meets(one, forms)));
  const behind = rows.filter((one) => !one.listed && unseen.some((forms) => meets(one, forms)));
  const all = new Map([...byId, ...listed, ...behind].map((one) => [one.id, one]));
  return { by: 'records', records: [...all.values()], hidden: unseen.length > 0, cut: false };
}

async function searched(deps: RequestsDeps, actor: Actor, q: string): Promise<{ ids: string[]; cut: boolean }> {
  const ids: string[] = [];
  let after: string | undefined;
  do {
    const page = await searchRecords(deps.search, actor, 'zh', { q, limit: MOST_HITS, ...(after === undefined ? {} : { after }) }).catch(besideSearch);
    ids.push(...page.items.map((one) => one.id));
    after = page.next ?? undefined;
  } while (after !== undefined && ids.length < REQUEST_LIMITS.found);
  return { ids: ids.slice(0, REQUEST_LIMITS.found), cut: after !== undefined };
}

/** What is not understood of a query belongs to the field of the application that it was typed into. */
function besideSearch(error: unknown): never {
  if (!isCoded(error, 'invalid_field')) throw error;
  throw new CodedError('invalid_field', { fields: error.fields.map((one) => ({ ...one, field: 'search' })) });
}
