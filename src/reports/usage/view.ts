import { countIn, listCounted, streamCounted, type Actor, type CountRow, type LoggedEntry } from '../../audit/index.js';
import type { UsageDeps } from './deps.js';
import { filterOf, type UsageQuestion } from './question.js';

/** Persons that the overview lists; the export has all. */
const PERSONS = 20;

/** What the access audit shows of a question. All sums are those of the log at one moment. */
export interface Usage {
  total: number;
  outside: number;
  refused: number;
  days: { day: string; count: number; outside: number }[];
  acts: { act: string; count: number; refused: number }[];
  purposes: { purpose: string; count: number }[];
  departments: { department: string; count: number }[];
  /** The first twenty; `personCount` says how many there are. */
  persons: { person: string; count: number }[];
  personCount: number;
}

/** Puts a look on record, and waits until it stands in the signed log: only then is anything shown. */
export async function enter(
  deps: UsageDeps,
  actor: Actor,
  act: 'usage.view' | 'usage.export',
  question: UsageQuestion,
  facts: Record<string, string>,
): Promise<void> {
  const { policy } = deps.access.authorize(actor, act);
  const given = Object.entries(question).filter(([, value]) => value !== undefined);
  const pending = await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act,
      subject: { kind: 'log', id: 'usage' },
      decision: 'allow',
      policy,
      facts: { ...facts, by: given.map(([name]) => name), ...(question.records?.length === 1 && question.records[0] ? { record: question.records[0] } : {}) },
      ...(given.length === 0 ? {} : { side: { filter: JSON.stringify(Object.fromEntries(given)) } }),
    }),
  );
  await deps.audit.settled(pending);
}

/** Who read what: sums of a question, apart by day, act, purpose, department and person. The look is itself on record first. */
export async function viewUsage(deps: UsageDeps, actor: Actor, question: UsageQuestion): Promise<Usage> {
  const filter = filterOf(question);
  await enter(deps, actor, 'usage.view', question, { shows: 'counts' });
  return deps.db.tx(
    async (tx) => {
      const days = await countIn(tx, deps.hours, filter, ['day', 'outside']);
      const kinds = await countIn(tx, deps.hours, filter, ['act', 'decision', 'purpose', 'department', 'outside']);
      const persons = await countIn(tx, deps.hours, filter, ['person']);
      return summary(days, kinds, persons);
    },
    { isolation: 'repeatable read', readOnly: true },
  );
}

type Kind = CountRow<'act' | 'decision' | 'purpose' | 'department' | 'outside'>;

function summary(days: readonly CountRow<'day' | 'outside'>[], kinds: readonly Kind[], persons: readonly CountRow<'person'>[]): Usage {
  const sum = (rows: readonly { count: number }[]): number => rows.reduce((all, one) => all + one.count, 0);
  const by = <K extends string>(key: (row: Kind) => K): { name: K; rows: Kind[]; count: number }[] =>
    [...Map.groupBy(kinds, key)].map(([name, rows]) => ({ name, rows, count: sum(rows) })).sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
  return {
    total: sum(kinds),
    outside: sum(kinds.filter((one) => one.outside)),
    refused: sum(kinds.filter((one) => one.decision === 'deny')),
    days: [...Map.groupBy(days, (one) => one.day)].map(([day, rows]) => ({ day, count: sum(rows), outside: sum(rows.filter((one) => one.outside)) })),
    acts: by((one) => one.act).map(({ name, rows, count }) => ({ act: name, count, refused: sum(rows.filter((one) => one.decision === 'deny')) })),
    purposes: by((one) => one.purpose).map(({ name, count }) => ({ purpose: name, count })),
    departments: by((one) => one.department).map(({ name, count }) => ({ department: name, count })),
    persons: persons.slice(0, PERSONS).map(({ person, count }) => ({ person, count })),
    personCount: persons.length,
  };
}

/** The entries behind the sums, newest first. */
export async function listUsage(
  deps: UsageDeps,
  actor: Actor,
  question: UsageQuestion,
  page: { after?: string | undefined; limit?: number | undefined },
): Promise<{ items: LoggedEntry[]; next: string | null }> {
  const filter = filterOf(question);
  await enter(deps, actor, 'usage.view', question, { shows: 'entries' });
  return listCounted(deps.db, deps.hours, filter, page);
}

/** All entries behind the sums, as a stream of batches; the export stands in the signed log before the first. */
export async function exportUsage(deps: UsageDeps, actor: Actor, question: UsageQuestion, format: string): Promise<AsyncGenerator<LoggedEntry[]>> {
  const filter = filterOf(question);
  await enter(deps, actor, 'usage.export', question, { format });
  return streamCounted(deps.db, deps.hours, filter);
}
