import { describeAct, describeFacts, describeSubject, NOBODY_PSEUDONYM, SYSTEM_PSEUDONYM, type LoggedEntry } from '../../../audit/index.js';
import { phrasesFor, type AllPhrases } from '../../../phrases/index.js';
import { paths, type EntryRow } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import type { RequestContext } from '../../route.js';
import { linkTo, purposeText } from './common.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Ids are ordered by time: their end tells two of one day apart, their beginning does not. */
const TAIL = 8;

/** Names that a page of entries needs, looked up at once. */
export interface Names {
  pseudonyms: ReadonlyMap<string, string>;
  persons: ReadonlyMap<string, string>;
  accounts: ReadonlyMap<string, string>;
}

const subjects = (items: readonly LoggedEntry[], kind: string): string[] => [
  ...new Set(
    items
      .map(({ entry }) => entry.subject)
      .filter((one) => one.kind === kind && UUID.test(one.id))
      .map(({ id }) => id),
  ),
];

export async function namesFor(deps: HttpDeps, items: readonly LoggedEntry[], more: readonly string[] = []): Promise<Names> {
  const { accounts } = deps;
  return {
    pseudonyms: await accounts.namesOf([...new Set([...items.map(({ entry }) => entry.actor), ...more])]),
    persons: await accounts.namesOfPersons(subjects(items, 'person')),
    accounts: await accounts.namesOfAccounts(subjects(items, 'account')),
  };
}

/** Who a pseudonym stands for, in words; the pseudonym itself where nobody is known. */
export function whoIs(texts: AllPhrases['audit'], names: Names, pseudonym: string): string {
  if (pseudonym === SYSTEM_PSEUDONYM) return texts.actors.system;
  if (pseudonym === NOBODY_PSEUDONYM) return texts.actors.nobody;
  return names.pseudonyms.get(pseudonym) ?? pseudonym;
}

/** Where the subject has a page the viewer may open; else the entries on it. */
function hrefOf(deps: HttpDeps, ctx: RequestContext, { kind, id }: LoggedEntry['entry']['subject']): string | null {
  if (!UUID.test(id)) return null;
  if (kind === 'record') return deps.access.mayEver(ctx.actor, 'record.view') ? paths.record(id) : linkTo(paths.audit, { records: id });
  if (kind === 'person') return paths.person(id);
  if (kind === 'batch' && deps.access.mayEver(ctx.actor, 'batch.view')) return paths.batch(id);
  return linkTo(paths.audit, kind === 'reading' ? { reading: id } : { subject: id });
}

export function rowOf(deps: HttpDeps, ctx: RequestContext, item: LoggedEntry, names: Names, whole = false): EntryRow {
  const { audit, access, accounts } = phrasesFor(ctx.lang);
  const { entry } = item;
  const { kind, id } = entry.subject;
  const name = kind === 'person' ? names.persons.get(id) : kind === 'account' ? names.accounts.get(id) : undefined;
  const short = UUID.test(id) && !whole ? `…${id.slice(-TAIL)}` : id;
  const role = entry.facts?.['role'];
  const state = entry.facts?.['state'];
  const worded = {
    ...entry,
    facts: {
      ...entry.facts,
      ...(typeof role === 'string' ? { role: wordOf(access.roles, role) } : {}),
      ...(kind === 'role' && typeof state === 'string' ? { state: wordOf(accounts.grantState, state) } : {}),
    },
  };
  return {
    log: item.log,
    sequence: String(item.sequence),
    at: entry.t,
    who: whoIs(audit, names, entry.actor),
    roles: entry.role.map((one) => wordOf(access.roles, one)).join(' · '),
    act: describeAct(entry.act, audit),
    subject: describeSubject({ kind, id: name ?? short }, audit),
    subjectHref: hrefOf(deps, ctx, entry.subject),
    purpose: entry.purpose === undefined ? '' : purposeText(deps, ctx, entry.purpose),
    decision: entry.decision,
    facts: describeFacts(worded, audit),
  };
}

const wordOf = (texts: Readonly<Record<string, string>>, code: string): string => (Object.hasOwn(texts, code) ? (texts[code] ?? code) : code);
