import { agreeStanding, proposeStanding, type ProposeDeps, type StandingInput } from '../access/index.js';
import { systemActor, type Actor } from '../audit/index.js';
import { CodedError } from '../errors/index.js';
import { capture, dayEnd, dayStart, dayText, expireReadings, openReading, returnReading, type RecordsDeps } from '../records/index.js';
import {
  closeCase,
  closeSample,
  listCases,
  lookThrough,
  makeDueReport,
  markItem,
  noteCase,
  takeCase,
  takeSample,
  viewSample,
  type ReportsDeps,
} from '../reports/index.js';
import type { Shelved } from './applications.js';
import { oversightWords as words } from './words.js';

const DAY = 86_400_000;
const HOUR = 3_600_000;

interface Readers {
  agent: Actor;
  fieldAgent: Actor;
  head: Actor;
}

interface Watch {
  records: RecordsDeps;
  reports: ReportsDeps;
  readers: Readers;
  /** Takes in what came lately. */
  clerk: Actor;
  shelf: readonly Shelved[];
}

export interface Told {
  signals: number;
  reports: number;
}

/**
 * What oversight has to look at: days on which people read as they should not, and one on which somebody was refused again and again;
 * the signals that come of them, one case in each state, and the reports of the last two months.
 */
export async function tellOversight(watch: Watch, officer: Actor): Promise<Told> {
  const { records, reports } = watch;
  await tryDoors(watch);
  await readAfterComplaint(watch);
  await readTooMuch(watch);
  await readStrangers(watch);
  const signals = await readOddly(watch);
  await workCases(reports, officer);
  let made = 0;
  for (const months of [1, 0]) {
    const at = new Date(Math.min(monthStart(records, months).getTime() + 9 * DAY, records.now().getTime()));
    if (await makeDueReport({ ...reports, now: () => at }, systemActor())) made++;
  }
  return { signals, reports: made };
}

/** The first instant of a month, so many before this one. */
function monthStart({ now, settings }: RecordsDeps, before: number): Date {
  const [year = 0, month = 0] = dayText(now(), settings.zone).split('-').map(Number);
  const first = new Date(Date.UTC(year, month - 1 - before, 1)).toISOString().slice(0, 10);
  return dayStart(first, settings.zone);
}

/** How often somebody without a grant tries what is kept for others. */
const TRIES = 12;
/** Readings of one morning that are far more than usual, and readings of other departments' clients. */
const MANY = 24;
const STRANGERS = 7;

/** One of field service tries the sensitive records of other departments, one after the other; none of them opens. */
async function tryDoors({ records, readers: { fieldAgent }, shelf }: Watch): Promise<void> {
  const shut = shelf.filter(({ record: { draft } }) => draft.department !== fieldAgent.department && draft.sensitivity === 'sensitive').slice(-TRIES);
  if (shut.length === 0) return;
  for (let i = 0; i < TRIES; i++) {
    const { id } = shut[i % shut.length] as Shelved;
    await openReading(records, fieldAgent, { recordId: id, purpose: 'solve', note: words.curious }).catch((error: unknown) => {
      if (!(error instanceof CodedError)) throw error;
    });
  }
}

/** A client of the hotline complains to another department; three days later the hotline reads what there is of him, twice, and not for the complaint. */
async function readAfterComplaint({ records, readers: { agent }, clerk, shelf }: Watch): Promise<void> {
  const own = shelf.findLast(
    ({ record: { draft } }) => draft.department === agent.department && draft.sensitivity === undefined && draft.feedback === undefined,
  );
  const heard = shelf.findLast(({ record: { draft } }) => draft.department !== agent.department && draft.serviceType === 'complaint');
  if (own === undefined || heard === undefined) return;
  const { zone } = records.settings;
  const today = dayStart(dayText(records.now(), zone), zone).getTime();
  const at = (days: number, hour: number): Date => new Date(today - days * DAY + hour * HOUR);
  const { draft } = heard.record;
  const { followUps: _, returnCall: __, specialTerm: ___, exceptions: ____, signature: _____, ...told } = draft;
  const times = { openedAt: at(8, 10).toISOString(), servedAt: at(8, 11).toISOString(), closedAt: at(7, 15).toISOString() };
  await capture({ ...records, now: () => at(6, 9) }, clerk, {
    draft: { ...told, ...times, serviceNo: `${draft.serviceNo}-T`, client: own.record.draft.client },
    files: nothing(),
  });
  for (const hour of [10, 11]) {
    const then = { ...records, now: () => at(5, hour) };
    const reading = await openReading(then, agent, { recordId: own.id, purpose: 'solve', note: words.complained });
    await returnReading(then, agent, { readingId: reading.id, result: 'not_needed' });
  }
}

/** Days with a reading or two, then far more of them in one morning than in any day before. */
async function readTooMuch({ records, readers: { agent }, shelf }: Watch): Promise<void> {
  const own = shelf.filter(({ record: { draft } }) => draft.department === agent.department && draft.sensitivity === undefined && draft.feedback === undefined);
  if (own.length === 0) return;
  const { zone } = records.settings;
  const today = dayStart(dayText(records.now(), zone), zone).getTime();
  let next = 0;
  const read = async (days: number, count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const then = { ...records, now: () => new Date(today - days * DAY + 9 * HOUR + i * 5 * 60_000) };
      const reading = await openReading(then, agent, { recordId: (own[next++ % own.length] as Shelved).id, purpose: 'solve' });
      await returnReading(then, agent, { readingId: reading.id, result: 'solved' });
    }
  };
  for (const days of [13, 12, 11, 10, 9, 7, 6]) await read(days, 1 + (days % 2));
  await read(4, MANY);
}

/** The archive reads, and not for its own work, what other departments have of clients with whom it has nothing to do. */
async function readStrangers({ records, clerk, shelf }: Watch): Promise<void> {
  const chosen = shelf.filter(({ record: { draft } }) => draft.sensitivity === undefined && draft.feedback === undefined && draft.serviceType === 'routine');
  const clients = new Map(chosen.map((one) => [one.record.draft.client.number, one]));
  const { zone } = records.settings;
  const today = dayStart(dayText(records.now(), zone), zone).getTime();
  for (const [i, { id }] of [...clients.values()].slice(0, STRANGERS).entries()) {
    const then = { ...records, now: () => new Date(today - 3 * DAY + 15 * HOUR + i * 5 * 60_000) };
    const reading = await openReading(then, clerk, { recordId: id, purpose: 'solve' });
    await returnReading(then, clerk, { readingId: reading.id, result: 'not_needed' });
  }
}

async function* nothing(): AsyncGenerator<never> {}

/** Late at night, not handed back, and always with the same words. */
async function readOddly({ records, reports, readers, shelf }: Watch): Promise<number> {
  const { zone } = records.settings;
  const today = dayStart(dayText(records.now(), zone), zone).getTime();
  const of = (department: string, count: number): Shelved[] => {
    const own = shelf.filter(({ record: { draft } }) => draft.department === department && draft.sensitivity === undefined && draft.feedback === undefined);
    return own.length === 0 ? [] : Array.from({ length: count }, (_, i) => own.at(-1 - (i % own.length)) as Shelved);
  };
  const read = async (actor: Actor, at: number, chosen: readonly Shelved[], note: string, back: boolean): Promise<void> => {
    const deps = (minutes: number): RecordsDeps => ({ ...records, now: () => new Date(at + minutes * 60_000) });
    for (const [i, { id }] of chosen.entries()) {
      const reading = await openReading(deps(i * 3), actor, { recordId: id, purpose: 'solve', note });
      if (back) await returnReading(deps(i * 3 + 2), actor, { readingId: reading.id, result: 'solved' });
    }
    if (!back) await expireReadings(deps(records.settings.readingIdleMinutes + chosen.length * 3 + 1), systemActor());
  };
  await read(readers.head, today - 3 * DAY + 10 * HOUR, of(readers.head.department, 5), words.forgotten, false);
  await read(readers.fieldAgent, today - 2 * DAY + 14 * HOUR, of(readers.fieldAgent.department, 11), words.same, true);
  await read(readers.agent, today - DAY + 22 * HOUR, of(readers.agent.department, 4), words.night, true);
  let signals = 0;
  // refusals stand in the log, and that says when they were: today
  for (const days of [5, 4, 3, 2, 1, 0]) signals += await lookThrough(reports, systemActor(), dayText(new Date(today - days * DAY), zone));
  return signals;
}

/** One case is taken and noted on, one is closed, the rest waits. */
async function workCases(reports: ReportsDeps, officer: Actor): Promise<void> {
  const { items } = await listCases(reports, officer, {});
  const [closed, working] = items;
  for (const one of [closed, working]) if (one !== undefined) await takeCase(reports, officer, one.id);
  if (working !== undefined) await noteCase(reports, officer, working.id, words.asked);
  if (closed !== undefined) await closeCase(reports, officer, closed.id, { outcome: 'justified', note: words.explained });
}

/**
 * Two samples of today's readings, one marked and closed, the other half marked. A sample is of days that are over, and everything in this
 * log happened today: the clock is put forward to midnight for them.
 */
export async function tellSamples(reports: ReportsDeps, [officer, second]: [Actor, Actor]): Promise<void> {
  const { zone } = reports.settings;
  const day = dayText(reports.now(), zone);
  const midnight = dayEnd(day, zone);
  const then: ReportsDeps = { ...reports, now: () => midnight };
  const draw = (size: number): Promise<string> => takeSample(then, officer, { kind: 'readings', from: day, to: day, size });
  const mark = async (sampleId: string, most: number): Promise<void> => {
    const { items } = await viewSample(then, second, sampleId);
    for (const [i, { position }] of items.slice(0, most).entries()) {
      const [value, note] =
        i === 0 ? (['not_justified', words.unjustified] as const) : i === 1 ? (['unclear', words.unclear] as const) : (['justified', ''] as const);
      await markItem(then, second, { sampleId, position, mark: value, note });
    }
  };
  const closed = await draw(5);
  await mark(closed, 5);
  await closeSample(then, officer, closed);
  await mark(await draw(8), 3);
}

/** Two standing rules that wait: one for the security administrator, one, agreed to, for the audit administrator's look. */
export async function tellStanding(records: RecordsDeps, { manager, security }: { manager: Actor; security: Actor }): Promise<void> {
  const deps: ProposeDeps = { ...records, purposes: () => Object.keys(records.schemes.newest.purposes) };
  const day = (days: number): string => dayText(new Date(records.now().getTime() + days * DAY), records.settings.zone);
  const rule = (change: Pick<StandingInput, 'name' | 'says' | 'readers' | 'departments' | 'purposes'>): StandingInput => ({
    types: ['routine', 'complaint'],
    sensitivities: ['public', 'internal'],
    states: ['archived'],
    from: day(0),
    until: day(364),
    ...change,
  });
  const quality = rule({ name: 'quality-review', says: words.quality, readers: ['quality'], departments: ['hotline', 'online'], purposes: ['quality'] });
  const visits = rule({ name: 'field-visits', says: words.visits, readers: ['field'], departments: ['own', 'hotline'], purposes: ['solve', 'follow_up'] });
  const { id } = await proposeStanding(deps, manager, quality);
  await agreeStanding(deps, security, id);
  await proposeStanding(deps, manager, visits);
}
