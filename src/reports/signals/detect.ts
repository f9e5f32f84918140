import { dayOf, formatDay, parseDay, workingDay, type CalendarContent } from '../../classification/index.js';
import type { SignalContent, SignalKind } from './rules.js';
import { usual } from './statistic.js';

/** A reading that was opened in the day. */
export interface ReadingFact {
  reading: string;
  person: string;
  at: Date;
  purpose: string;
  /** Whether the reader's department has nothing to do with the client of the record. */
  stranger: boolean;
  /** Days since the client complained to another department than the reader's; `null` where he did not. */
  complaint: number | null;
}

/** How many readings a person opened in one of the days before. */
export interface DayCount {
  person: string;
  department: string;
  day: string;
  count: number;
}

/** A reading with a free text, within the time that `same_text` looks back. */
export interface TextFact {
  reading: string;
  person: string;
  /** The keyed hash of the folded text. */
  key: string;
  at: Date;
}

/** What happened in a day, as far as signals look at it. All of it is counts, times and ids. */
export interface DayFacts {
  /** `YYYY-MM-DD` in the archive's zone. */
  day: string;
  readings: readonly ReadingFact[];
  /** Of days before this one. */
  history: readonly DayCount[];
  /** Department of each person who read in the day. */
  departments: ReadonlyMap<string, string>;
  /** By person; the first entries are named. */
  refusals: readonly { person: string; count: number; entries: readonly string[] }[];
  ended: readonly { person: string; reading: string; returned: boolean }[];
  texts: readonly TextFact[];
}

export interface DetectContext {
  rules: SignalContent['signals'];
  calendar: Pick<CalendarContent, 'years'>;
  zone: string;
}

/** A signal before it is kept: whom and what it is about, its figures, and what it rests on. */
export interface FoundSignal {
  kind: SignalKind;
  person: string;
  figures: Record<string, number>;
  evidence: string[];
}

/** As many readings or entries a signal names; the figures count all. */
export const EVIDENCE = 100;

const byPerson = <T extends { person: string }>(rows: readonly T[]): [string, T[]][] =>
  [...Map.groupBy(rows, (row) => row.person)].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));

const inOrder = (ids: readonly string[]): string[] => [...ids].sort().slice(0, EVIDENCE);

function volume({ rules: { volume: rule } }: DetectContext, facts: DayFacts): FoundSignal[] {
  return byPerson(facts.readings).flatMap(([person, readings]) => {
    if (readings.length < rule.minimum) return [];
    const department = facts.departments.get(person);
    const own = facts.history.filter((one) => one.person === person).map((one) => one.count);
    const peers = facts.history.filter((one) => one.person !== person && one.department === department).map((one) => one.count);
    const [mine, theirs] = [own, peers].map((counts) => (counts.length < rule.least_history ? null : usual(counts, rule.deviations)));
    // with nothing to compare with, nothing can be called unusual
    const compared = [mine, theirs].filter((one) => one !== null && one !== undefined);
    if (compared.length === 0 || compared.some((one) => readings.length <= one.limit)) return [];
    const figures: Record<string, number> = { count: readings.length, days: rule.history_days };
    if (mine) Object.assign(figures, { ownMedian: mine.median, ownLimit: mine.limit });
    if (theirs) Object.assign(figures, { peersMedian: theirs.median, peersLimit: theirs.limit });
    return [{ kind: 'volume', person, figures, evidence: inOrder(readings.map((one) => one.reading)) }];
  });
}

function outsideClients({ rules: { outside_clients: rule } }: DetectContext, facts: DayFacts): FoundSignal[] {
  const strange = facts.readings.filter((one) => one.stranger && !rule.not_for.includes(one.purpose));
  const all = new Map(byPerson(facts.readings).map(([person, readings]) => [person, readings.length]));
  return byPerson(strange).flatMap(([person, readings]) =>
    readings.length < rule.minimum
      ? []
      : [
          {
            kind: 'outside_clients',
            person,
            figures: { count: readings.length, all: all.get(person) ?? 0 },
            evidence: inOrder(readings.map((one) => one.reading)),
          },
        ],
  );
}

function afterComplaint({ rules: { after_complaint: rule } }: DetectContext, facts: DayFacts): FoundSignal[] {
  const rows = facts.readings.flatMap((one) =>
    one.complaint !== null && one.complaint <= rule.within_days && !rule.not_for.includes(one.purpose) ? [{ ...one, complaint: one.complaint }] : [],
  );
  return byPerson(rows).flatMap(([person, readings]) =>
    readings.length < rule.minimum
      ? []
      : [
          {
            kind: 'after_complaint',
            person,
            figures: { count: readings.length, days: Math.min(...readings.map((one) => one.complaint)) },
            evidence: inOrder(readings.map((one) => one.reading)),
          },
        ],
  );
}

function refusals({ rules: { refusals: rule } }: DetectContext, facts: DayFacts): FoundSignal[] {
  return byPerson(facts.refusals).flatMap(([person, rows]) => {
    const count = rows.reduce((sum, one) => sum + one.count, 0);
    return count < rule.minimum ? [] : [{ kind: 'refusals', person, figures: { count }, evidence: inOrder(rows.flatMap((one) => one.entries)) }];
  });
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** `07:30`, the time of day in a zone. */
function clockOf(at: Date, zone: string): string {
  let clock = clocks.get(zone);
  if (!clock) clocks.set(zone, (clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })));
  return clock.format(at);
}

function outsideHours({ rules: { outside_hours: rule }, calendar, zone }: DetectContext, facts: DayFacts): FoundSignal[] {
  const off = rule.days_off && !workingDay(calendar, parseDay(facts.day)).works;
  const atNight = (at: Date): boolean => {
    const clock = clockOf(at, zone);
    return clock < rule.from || clock >= rule.to;
  };
  return byPerson(facts.readings.filter((one) => off || atNight(one.at))).flatMap(([person, readings]) => {
    if (readings.length < rule.minimum) return [];
    const night = readings.filter((one) => atNight(one.at)).length;
    return [
      {
        kind: 'outside_hours',
        person,
        figures: { count: readings.length, night, dayOff: readings.length - night },
        evidence: inOrder(readings.map((one) => one.reading)),
      },
    ];
  });
}

function notReturned({ rules: { not_returned: rule } }: DetectContext, facts: DayFacts): FoundSignal[] {
  return byPerson(facts.ended).flatMap(([person, ended]) => {
    const left = ended.filter((one) => !one.returned);
    if (left.length < rule.minimum || left.length < rule.share * ended.length) return [];
    return [{ kind: 'not_returned', person, figures: { count: left.length, all: ended.length }, evidence: inOrder(left.map((one) => one.reading)) }];
  });
}

/** Told once for each text: on the day on which it was given for the so-many-th time. */
function sameText({ rules: { same_text: rule }, zone }: DetectContext, facts: DayFacts): FoundSignal[] {
  return byPerson(facts.texts).flatMap(([person, texts]) => {
    const often = [...Map.groupBy(texts, (one) => one.key).values()]
      .filter((same) => {
        const today = same.filter((one) => formatDay(dayOf(one.at, zone)) === facts.day).length;
        return same.length >= rule.minimum && same.length - today < rule.minimum;
      })
      .sort((a, b) => b.length - a.length);
    const most = often[0];
    if (!most) return [];
    const evidence = inOrder(often.flatMap((same) => same.map((one) => one.reading)));
    return [{ kind: 'same_text', person, figures: { count: most.length, texts: often.length, days: rule.within_days }, evidence }];
  });
}

const DETECTORS: Record<SignalKind, (context: DetectContext, facts: DayFacts) => FoundSignal[]> = {
  volume,
  outside_clients: outsideClients,
  after_complaint: afterComplaint,
  refusals,
  outside_hours: outsideHours,
  not_returned: notReturned,
  same_text: sameText,
};

/** Everything that is to be told of a day, by kind and person (pure): the same facts in any order give the same signals. */
export function detect(context: DetectContext, facts: DayFacts): FoundSignal[] {
  return (Object.keys(DETECTORS) as SignalKind[]).flatMap((kind) => (context.rules[kind].on ? DETECTORS[kind](context, facts) : []));
}
