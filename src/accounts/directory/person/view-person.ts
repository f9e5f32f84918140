import { decide } from '../../../access/index.js';
import type { Actor } from '../../../audit/index.js';
import { check, CodedError } from '../../../errors/index.js';
import type { AccountsDeps } from '../../deps.js';
import { uuid } from '../../fields.js';
import { authorizePerson } from '../../person-of.js';
import { hashName } from '../../sign-in/count.js';
import { listPeopleRows, type PersonView } from '../store.js';
import { grantsOf, lockedNames, sessionsOf, type GrantHistory, type PersonSession } from './store.js';

export interface PersonDetail extends PersonView {
  /** Every role ever given, with what this viewer may do about it. */
  grants: (GrantHistory & { mayConfirm: boolean; mayTake: boolean })[];
  /** Open sessions, for whoever keeps the accounts; `null` for others. */
  sessions: PersonSession[] | null;
  /** Accounts that are locked after too many failures. */
  locked: string[];
}

/** One person with accounts, the history of roles, and what the viewer may do next. */
export async function viewPerson(deps: AccountsDeps, actor: Actor, input: { personId: string }): Promise<PersonDetail> {
  const { personId: by, policy } = authorizePerson(deps, actor, 'person.view');
  const personId = check(uuid, input.personId, 'personId');
  const set = deps.policies.active();
  const may = (act: 'role.give' | 'role.confirm' | 'account.manage'): boolean => decide(set, actor, act).allow;
  const filter = { text: null, department: null, role: null, state: null, withLeft: true, after: null, limit: 1 };
  const [person] = await listPeopleRows(deps.db, { ...filter, personId });
  if (person === undefined) throw new CodedError('not_found');
  const now = deps.now();
  const grants = (await grantsOf(deps.db, personId)).map((grant) => ({
    ...grant,
    mayConfirm: grant.state === 'proposed' && grant.seen && may('role.confirm') && by !== personId && by !== grant.givenBy?.personId,
    mayTake: (grant.state === 'proposed' || grant.state === 'active') && may('role.give'),
  }));
  const sessions = may('account.manage') ? await sessionsOf(deps.db, personId, new Date(now.getTime() - deps.limits.sessionIdleMinutes * 60_000), now) : null;
  const hashes = person.accounts.map((account) => hashName(deps, account.username));
  const locked = (await lockedNames(deps.db, hashes, now)).map((hash) => person.accounts[hashes.findIndex((one) => one.equals(hash))]?.accountId ?? '');
  await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act: 'person.view',
      subject: { kind: 'person', id: personId },
      decision: 'allow',
      policy,
      facts: { person: person.pseudonym },
    }),
  );
  return { ...person, grants, sessions, locked };
}
