import { ROLES } from '../../access/index.js';
import type { Place } from '../../audit/index.js';
import { SENSITIVITIES, SERVICE_TYPES } from '../../classification/index.js';
import { aboutPerson, gatherTexts } from './gather.js';
import { isLive, judge, type Seen, type Why } from './judge.js';
import type { LogSource } from './source.js';
import { Spans, type Span } from './spans.js';
import { Past } from './state.js';
import { goThrough, type Day } from './through.js';
import { lacksTexts, type PastNote } from './who.js';

/** Stands for every department that the log does not name. */
export const OTHER_DEPARTMENTS = '*';
/** Before a record is archived, and after. */
export const STAGES = { waiting: 'received', archived: 'archived' } as const;
export type Stage = keyof typeof STAGES;

/** What one reason gave: every combination of these. */
export interface CouldReadWhat {
  why: RuleWhy;
  spans: Span[];
  departments: string[];
  types: string[];
  sensitivities: string[];
  stages: Stage[];
}

export interface GrantHeld {
  grant: string;
  kind: string;
  purpose: string;
  acts: readonly string[];
  records: number;
  readingsLeft: number | null;
  entries: readonly Place[];
  spans: Span[];
}

export interface WhatCouldRead {
  person: string;
  personId: string | null;
  department: string | undefined;
  /** Roles in active accounts at the end of the day. */
  roles: string[];
  day: Day;
  byRole: CouldReadWhat[];
  grants: GrantHeld[];
  notes: (PastNote | 'person_unknown')[];
  policy: { version: string; since: Place } | null;
}

type RuleWhy = Exclude<Why, { by: 'grant' }>;

interface Cell {
  department: string;
  type: string;
  sensitivity: string;
  stage: Stage;
}

interface Found {
  cell: Cell;
  why: RuleWhy;
}

/** One text for reasons that are the same whatever they are applied to. */
const reasonKey = ({ why }: Found): string =>
  JSON.stringify([why.by, why.role, why.policy, why.account, why.certain, why.by === 'rule' ? [why.rule, why.standing] : null]);
const cellKey = ({ department, type, sensitivity, stage }: Cell): string => JSON.stringify([department, type, sensitivity, stage]);

/** What one person could have read at any time of a day, by department, type, sensitivity and stage, and under which grants. */
export async function whatCouldRead(source: LogSource, asked: { person: string; day: Day; purpose?: string | undefined }): Promise<WhatCouldRead> {
  const { person, day, purpose } = asked;
  const texts = await gatherTexts(source);
  const past = new Past(null);
  const rules = new Spans<Found>((one) => `${reasonKey(one)}\n${cellKey(one.cell)}`);
  const grants = new Spans<string>((id) => id);
  const held = new Map<string, Omit<GrantHeld, 'spans'>>();
  const notes = new Set<WhatCouldRead['notes'][number]>();
  await goThrough(past, texts, await aboutPerson(source, person, day.to), day, (touched, at) => {
    if (touched !== 'all' && touched.person !== person) return;
    if (lacksTexts(past, texts)) notes.add('rules_unknown');
    const one = past.persons.get(person);
    const own = one === undefined ? [] : cellsOf(past, one.department).flatMap((cell) => judgeCell(cell, (seen) => judge(past, texts, one, seen, at, purpose)));
    rules.set(person, own, at);
    grants.set(person, usable(past, person, at, purpose, held), at);
  });
  const known = past.persons.get(person);
  if (known === undefined) notes.add('person_unknown');
  const roles = new Set(past.accountsOf(person).flatMap((one) => (one.state === 'active' ? [...one.roles.keys()] : [])));
  return {
    person,
    personId: known?.id ?? null,
    department: known?.department,
    roles: ROLES.filter((role) => roles.has(role)),
    day,
    byRole: grouped(rules.end(day.to).flatMap((one) => one.reasons)),
    grants: grants.end(day.to).flatMap((one) => one.reasons.flatMap(({ reason, spans }) => ({ ...(held.get(reason) as Omit<GrantHeld, 'spans'>), spans }))),
    notes: [...notes],
    policy: past.policy === null ? null : { version: `roles@${past.policy.digest}`, since: past.policy.since },
  };
}

function cellsOf(past: Past, own: string | undefined): Cell[] {
  const departments = [...new Set([...past.departments, ...(own === undefined || own === '' ? [] : [own]), OTHER_DEPARTMENTS])].sort();
  return departments.flatMap((department) =>
    SERVICE_TYPES.flatMap((type) =>
      SENSITIVITIES.flatMap((sensitivity) => (Object.keys(STAGES) as Stage[]).map((stage): Cell => ({ department, type, sensitivity, stage }))),
    ),
  );
}

/** A record of a cell is one of which nothing else is known. */
function judgeCell(cell: Cell, of: (seen: Seen) => Why[]): Found[] {
  const seen: Seen = { department: cell.department, service_type: cell.type, sensitivity: cell.sensitivity, state: STAGES[cell.stage], restricted: false };
  return of(seen).flatMap((why) => (why.by === 'grant' ? [] : [{ cell, why }]));
}

function usable(past: Past, person: string, at: Date, purpose: string | undefined, held: Map<string, Omit<GrantHeld, 'spans'>>): string[] {
  const one = past.persons.get(person);
  if (one === undefined) return [];
  const live = [...past.grants.values()].filter(
    (grant) => grant.reader === person && isLive(grant, at) && (purpose === undefined || grant.purpose === purpose),
  );
  // whether grants give him anything at all is asked as of a record that nothing hinders
  const gives = new Set(
    judge(past, NO_TEXTS, one, { restricted: false, state: STAGES.archived }, at).flatMap((why) => (why.by === 'grant' ? [why.grant] : [])),
  );
  return live.flatMap((grant) => {
    if (!gives.has(grant.id)) return [];
    const { id, kind, acts, records, readings, opened } = grant;
    held.set(id, {
      grant: id,
      kind,
      purpose: grant.purpose,
      acts,
      records,
      readingsLeft: readings === null ? null : readings - opened,
      entries: [grant.since],
    });
    return [id];
  });
}

const NO_TEXTS = { policy: () => undefined, standing: () => undefined };

/** Cells of one reason and the same times, put together where together they are every combination of what they name. */
function grouped(found: readonly { reason: Found; spans: Span[] }[]): CouldReadWhat[] {
  const alike = Map.groupBy(found, ({ reason, spans }) => `${reasonKey(reason)}\n${JSON.stringify(spans)}`);
  return [...alike.values()].flatMap((same) => {
    const cells = same.map(({ reason }) => reason.cell);
    const first = same[0] as (typeof same)[number];
    return products(cells).map((one) => ({ why: first.reason.why, spans: first.spans, ...one }));
  });
}

type Product = Pick<CouldReadWhat, 'departments' | 'types' | 'sensitivities' | 'stages'>;

function products(cells: readonly Cell[]): Product[] {
  const one = cells.map(({ department, type, sensitivity, stage }): Product => ({
    departments: [department],
    types: [type],
    sensitivities: [sensitivity],
    stages: [stage],
  }));
  return (['stages', 'sensitivities', 'types', 'departments'] as const).reduce(joinBy, one);
}

/** Joins what differs in one respect only. */
function joinBy(list: Product[], name: keyof Product): Product[] {
  const rest = (one: Product): string => JSON.stringify({ ...one, [name]: [] });
  return [...Map.groupBy(list, rest).values()].map((same) => ({ ...(same[0] as Product), [name]: [...new Set(same.flatMap((one) => one[name]))] }));
}
