import { actingRules, evaluate, GRANT_RULE, isAdminRole, mayMeet, standingCovers, standingTimes, type RecordAttributes } from '../../access/index.js';
import type { Place } from '../../audit/index.js';
import type { Past, PastAccount, PastGrant, PastPerson } from './state.js';
import type { RulesOfThePast } from './texts.js';

/** One reason why somebody could have read. */
export type Why = {
  /** Whether the log says everything that this rests on; else it is what he could have read at most. */
  certain: boolean;
  /** Purposes for which; `null`: for whichever the type allows. */
  purposes: readonly string[] | null;
  /** The entries it rests on. */
  entries: readonly Place[];
} & (
  | { by: 'rule'; role: string; rule: string; policy: string; standing: string; account: string }
  /** Rules were in force whose text the log does not hold. */
  | { by: 'unknown_rule'; role: string; policy: string; account: string }
  | { by: 'grant'; grant: string; kind: string; acts: readonly string[]; readingsLeft: number | null }
);

/** States of a record of which nothing is read any more. */
const GONE: ReadonlySet<string> = new Set(['destroying', 'shredded', 'destroyed']);

export type Seen = Partial<RecordAttributes> & { purposes?: readonly string[] | undefined };

/** The record as rules see it; `undefined` where there is none to read. */
export function seenRecord(past: Past): Seen | undefined {
  const { record } = past;
  if (record === null || GONE.has(record.state)) return undefined;
  const { attributes, purposes, restricted, state } = record;
  return { id: record.id, ...attributes, state, ...(restricted === undefined ? {} : { restricted }), ...(purposes === undefined ? {} : { purposes }) };
}

/** Why one person could have read a record at an instant; empty: he could not. `purpose` narrows it to one. */
export function judge(past: Past, texts: RulesOfThePast, person: PastPerson, record: Seen, at: Date, purpose?: string): Why[] {
  const accounts = past.accountsOf(person.pseudonym).filter((one) => one.state === 'active' && one.roles.size > 0);
  const byRole = accounts.flatMap((account) => byRoles(past, texts, person, account, record, at));
  return [...byRole, ...byGrants(past, person, accounts, record, at)].filter(
    (why) => purpose === undefined || why.purposes === null || why.purposes.includes(purpose),
  );
}

function byRoles(past: Past, texts: RulesOfThePast, person: PastPerson, account: PastAccount, record: Seen, at: Date): Why[] {
  const { policy } = past;
  if (policy === null) return [];
  const set = texts.policy(policy.digest);
  const version = `roles@${policy.digest}`;
  if (set === undefined)
    return [...account.roles].map(([role, since]) => ({
      by: 'unknown_rule',
      role,
      policy: version,
      account: account.id,
      certain: false,
      purposes: null,
      entries: [since, policy.since],
    }));
  const rules = actingRules(set, [...account.roles.keys()], { department: person.department ?? '', account: account.id });
  return rules
    .filter((rule) => rule.act === 'record.read' && mayMeet(rule.condition, record))
    .flatMap((rule) => {
      const certain = person.department !== undefined && evaluate(rule.condition, record);
      const role = rule.id.slice(0, rule.id.indexOf('/'));
      const since = account.roles.get(role) ?? account.roles.values().next().value;
      return standingFor(past, texts, person, record, at).map((standing) => ({
        by: 'rule' as const,
        role,
        rule: rule.id,
        policy: version,
        account: account.id,
        standing: standing.id,
        certain: certain && standing.certain,
        purposes: standing.purposes,
        entries: [...(since === undefined ? [] : [since]), policy.since, standing.since],
      }));
    });
}

interface Covering {
  id: string;
  certain: boolean;
  purposes: readonly string[] | null;
  since: Place;
}

/** The name of a standing rule `name.number`. */
const nameOf = (id: string): string => id.replace(/\.\d+$/, '');

/** The standing rules in force under which a reading by role could be opened, each with the purposes it leaves. */
function standingFor(past: Past, texts: RulesOfThePast, person: PastPerson, record: Seen, at: Date): Covering[] {
  const asked = { reader: person.department, department: record.department, type: record.service_type, sensitivity: record.sensitivity, state: record.state };
  const all = [...past.standing.values()];
  const begun = ({ digest }: { digest: string }): boolean => {
    const text = texts.standing(digest);
    return text !== undefined && standingTimes(text).from <= at;
  };
  return all.flatMap((one, i): Covering[] => {
    // of one name the version that was confirmed last counts, from its first day on
    if (all.slice(i + 1).some((later) => nameOf(later.id) === nameOf(one.id) && begun(later))) return [];
    const rule = texts.standing(one.digest);
    if (rule === undefined) return [{ id: one.id, certain: false, purposes: null, since: one.since }];
    const { from, to } = standingTimes(rule);
    if (at < from || at >= to || !standingCovers(rule, asked, true)) return [];
    const every = rule.purposes.includes('*');
    const purposes = record.purposes === undefined ? (every ? null : rule.purposes) : record.purposes.filter((code) => every || rule.purposes.includes(code));
    if (purposes?.length === 0) return [];
    return [{ id: one.id, certain: standingCovers(rule, asked, false), purposes, since: one.since }];
  });
}

/** Whether grants may give a person anything: somebody with a role who is none of the three administrators. */
const takesGrants = (account: PastAccount): boolean => ![...account.roles.keys()].some(isAdminRole);

function byGrants(past: Past, person: PastPerson, accounts: readonly PastAccount[], record: Seen, at: Date): Why[] {
  if (record.restricted === true || !accounts.some(takesGrants)) return [];
  return [...past.grants.values()]
    .filter((grant) => grant.reader === person.pseudonym && isLive(grant, at))
    .map((grant) => ({
      by: 'grant',
      grant: grant.id,
      kind: grant.kind,
      acts: grant.acts,
      readingsLeft: grant.readings === null ? null : grant.readings - grant.opened,
      certain: record.restricted === false,
      purposes: [grant.purpose],
      entries: [grant.since],
    }));
}

export function isLive(grant: PastGrant, at: Date): boolean {
  return grant.starts <= at && at < grant.ends && grant.acts.includes('view');
}

/** One text for reasons that are the same one, whenever they hold. */
export function whyKey(why: Why): string {
  const what =
    why.by === 'grant' ? [GRANT_RULE, why.grant] : why.by === 'rule' ? [why.rule, why.policy, why.standing, why.account] : [why.role, why.policy, why.account];
  return JSON.stringify([what, why.certain, why.purposes]);
}
