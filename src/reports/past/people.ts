import type { Entry } from '../../audit/index.js';
import { placeOfItem, textFact, type Past, type PastAccount, type Step, type Touched } from './state.js';

const STATES = ['invited', 'active', 'sleeping', 'disabled'] as const;

function setState(past: Past, entry: Entry, state: PastAccount['state']): Touched {
  const person = textFact(entry, 'person');
  past.account(entry.subject.id, person).state = state;
  return { person };
}

function stated(entry: Entry): PastAccount['state'] | undefined {
  return STATES.find((one) => one === textFact(entry, 'state'));
}

const created: Step = (past, { entry }) => {
  const person = past.person(textFact(entry, 'person'));
  person.id = entry.subject.id;
  person.department = textFact(entry, 'department');
  return { person: person.pseudonym };
};

const moved: Step = (past, { entry }) => {
  const person = past.person(textFact(entry, 'person'));
  person.id = entry.subject.id;
  if (entry.facts !== undefined && Object.hasOwn(entry.facts, 'department')) person.department = textFact(entry, 'department');
  return { person: person.pseudonym };
};

const left: Step = (past, { entry }) => {
  const person = textFact(entry, 'person');
  for (const account of past.accountsOf(person)) account.state = 'disabled';
  return { person };
};

/** An invitation: a disabled account waits again for its owner; where the entry says what it is from then on, that. */
const invited: Step = (past, { entry }) =>
  setState(past, entry, stated(entry) ?? (textFact(entry, 'stateBefore') === 'disabled' ? 'invited' : current(past, entry)));

function current(past: Past, entry: Entry): PastAccount['state'] {
  return past.accounts.get(entry.subject.id)?.state ?? 'invited';
}

/** A claim wakes an account; at the first start it makes person, account and role at once. */
const claimed: Step = (past, { entry, ...place }) => {
  const person = past.person(textFact(entry, 'person'));
  const account = past.account(textFact(entry, 'account'), person.pseudonym);
  account.state = 'active';
  const role = textFact(entry, 'role');
  if (role !== '') {
    account.roles.set(role, placeOfItem(place));
    person.department ??= '';
  }
  return { person: person.pseudonym };
};

const given: Step = (past, { entry, ...place }) => {
  const person = textFact(entry, 'person');
  if (entry.act === 'role.give' && textFact(entry, 'state') !== 'active') return 'none';
  past.account(textFact(entry, 'account'), person).roles.set(textFact(entry, 'role'), placeOfItem(place));
  return { person };
};

const taken: Step = (past, { entry }) => {
  const person = textFact(entry, 'person');
  if (textFact(entry, 'stateBefore') === 'proposed') return 'none';
  past.account(textFact(entry, 'account'), person).roles.delete(textFact(entry, 'role'));
  return { person };
};

const slept: Step = (past, { entry }) => (entry.subject.kind === 'account' ? setState(past, entry, 'sleeping') : 'none');

/** Entries about persons, accounts and roles, and what each does. */
export const PEOPLE_STEPS: Readonly<Record<string, Step>> = {
  'person.create': created,
  'person.change': moved,
  'person.leave': left,
  'account.create': (past, { entry }) => setState(past, entry, stated(entry) ?? 'invited'),
  'account.invite': invited,
  'account.link': (past, { entry }) => setState(past, entry, 'active'),
  'account.disable': (past, { entry }) => setState(past, entry, 'disabled'),
  'account.sleep': slept,
  'invitation.claim': claimed,
  'role.give': given,
  'role.confirm': given,
  'role.take': taken,
  'department.create': (past, { entry }) => {
    past.departments.add(entry.subject.id);
    return 'none';
  },
};
