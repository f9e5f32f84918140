import type { Entry, LogItem, Place } from '../../audit/index.js';

/** A person as the log knows him. `undefined`: the log does not say. */
export interface PastPerson {
  pseudonym: string;
  id: string | null;
  department: string | undefined;
}

export interface PastAccount {
  id: string;
  person: string;
  state: 'invited' | 'active' | 'sleeping' | 'disabled';
  /** Roles in force, each with the entry that put it there. */
  roles: Map<string, Place>;
}

/** Access rules or a standing rule in force: the text stands in entries of its own, under its digest. */
export interface PastRules {
  id: string;
  digest: string;
  since: Place;
}

export interface PastGrant {
  id: string;
  reader: string;
  kind: string;
  purpose: string;
  acts: readonly string[];
  starts: Date;
  ends: Date;
  /** How many records it reaches. */
  records: number;
  /** How often it may be read under it in all; `null`: as often as wanted. */
  readings: number | null;
  opened: number;
  /** Readings that are open under it, with their record. */
  open: Map<string, string>;
  since: Place;
}

/** What the rules look at of a record; what the log does not say is absent. */
export interface PastRecord {
  id: string;
  state: string;
  restricted: boolean | undefined;
  attributes: Partial<Record<Attribute, string>>;
  purposes: readonly string[] | undefined;
}

/** Columns of the rules that are texts, beside the state. */
export const ATTRIBUTES = ['service_type', 'client_type', 'department', 'sensitivity', 'medium', 'channel', 'fonds', 'staff_account'] as const;
export type Attribute = (typeof ATTRIBUTES)[number];

/** Everything of one moment that says who may read: made of entries alone, in their order, by `replay`. */
export class Past {
  readonly persons = new Map<string, PastPerson>();
  readonly accounts = new Map<string, PastAccount>();
  readonly #byPerson = new Map<string, Set<string>>();
  policy: PastRules | null = null;
  readonly standing = new Map<string, PastRules>();
  readonly grants = new Map<string, PastGrant>();
  /** The record that is asked about, where one is. */
  record: PastRecord | null = null;
  readonly departments = new Set<string>();

  /** @param about id of the one record whose entries count; `null`: none is asked about */
  constructor(readonly about: string | null) {}

  person(pseudonym: string): PastPerson {
    const known = this.persons.get(pseudonym) ?? { pseudonym, id: null, department: undefined };
    this.persons.set(pseudonym, known);
    return known;
  }

  account(id: string, person: string): PastAccount {
    const known = this.accounts.get(id) ?? { id, person, state: 'invited', roles: new Map<string, Place>() };
    this.accounts.set(id, known);
    this.person(person);
    const own = this.#byPerson.get(person) ?? new Set<string>();
    this.#byPerson.set(person, own.add(id));
    return known;
  }

  accountsOf(person: string): PastAccount[] {
    return [...(this.#byPerson.get(person) ?? [])].flatMap((id) => this.accounts.get(id) ?? []);
  }
}

/** What an entry changed: one person's rights, everybody's, or nobody's. */
export type Touched = { person: string } | 'all' | 'none';

export type Step = (past: Past, item: LogItem) => Touched;

/** A fact that is a text, `''` where there is none. */
export function textFact(entry: Entry, name: string): string {
  const value = entry.facts?.[name];
  return typeof value === 'string' ? value : '';
}

export const placeOfItem = ({ log, sequence }: Place): Place => ({ log, sequence });
