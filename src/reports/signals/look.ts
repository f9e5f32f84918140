import { refusedBetween, type Actor, type EntryInput } from '../../audit/index.js';
import { dayOf, endOf, formatDay, nextDay, parseDay, type Day } from '../../classification/index.js';
import { newId, type Tx } from '../../db/index.js';
import type { ReportsDeps } from '../deps.js';
import { detect, EVIDENCE, type DayFacts, type FoundSignal } from './detect.js';
import * as facts from './facts-store.js';
import type { SignalRules } from './rules.js';
import { insertCase, insertDay, insertSignal, isLookedAt, lastDay, lockDays, lockOpenCase, nextCaseNumber } from './store.js';

/** As many days are caught up with in one go; the rest comes with the next. */
const CATCH_UP = 31;

const dayBefore = (day: Day, days = 1): Day => {
  const at = new Date(Date.UTC(day.y, day.m - 1, day.d - days));
  return { y: at.getUTCFullYear(), m: at.getUTCMonth() + 1, d: at.getUTCDate() };
};

/** Looks through every ended day that was not looked through yet, oldest first; how many signals came of it. Repeatable. */
export async function lookThroughDays(deps: ReportsDeps, system: Actor): Promise<number> {
  const yesterday = dayBefore(dayOf(deps.now(), deps.settings.zone));
  const last = await lastDay(deps.db);
  const earliest = dayBefore(yesterday, CATCH_UP - 1);
  let day = last === null ? yesterday : nextDay(parseDay(last));
  if (formatDay(day) < formatDay(earliest)) day = earliest;
  let signals = 0;
  for (; formatDay(day) <= formatDay(yesterday); day = nextDay(day)) signals += await lookThrough(deps, system, formatDay(day));
  return signals;
}

/** Looks through one day, once: its signals, their cases and the entries of all of it are one transaction. */
export async function lookThrough(deps: ReportsDeps, system: Actor, day: string): Promise<number> {
  const rules = deps.rules.acting('signals', deps.signalRules.versions);
  return deps.db.tx(async (tx) => {
    await lockDays(tx);
    if (await isLookedAt(tx, day)) return 0;
    const seen = await factsOf(deps, tx, rules, day);
    const calendar = deps.rules.acting('calendar', deps.calendars.versions);
    const found = detect({ rules: rules.signals, calendar, zone: deps.settings.zone }, seen);
    await insertDay(tx, { day, rules: `${rules.name}@${rules.digest}`, at: deps.now(), readings: seen.readings.length, signals: found.length });
    await deps.audit.append(tx, {
      actor: system,
      act: 'signal.look',
      subject: { kind: 'signals', id: rules.name },
      decision: 'allow',
      policy: `${rules.name}@${rules.digest}`,
      facts: { day, readings: seen.readings.length, signals: found.length },
    });
    const names = new Map((await facts.pseudonymsOf(tx, [...new Set(found.map((one) => one.person))])).map((one) => [one.id, one.pseudonym]));
    for (const one of found) await raise(deps, tx, system, { rules, day, one, reader: names.get(one.person) ?? '' });
    return found.length;
  });
}

async function factsOf(deps: ReportsDeps, tx: Tx, rules: SignalRules, day: string): Promise<DayFacts> {
  const { zone } = deps.settings;
  const own = parseDay(day);
  const [from, to] = [endOf(dayBefore(own), zone), endOf(own, zone)];
  const start = (days: number): Date => endOf(dayBefore(own, days), zone);
  const { volume, after_complaint: complaint, refusals, same_text: same } = rules.signals;
  const readings = await facts.dayReadings(tx, from, to, complaint.within_days);
  const history = await facts.dayCounts(tx, start(volume.history_days + 1), from, zone);
  const ended = await facts.endedReadings(tx, from, to);
  const texts = await facts.textsBetween(tx, start(same.within_days), to, same.minimum);
  const refused = await refusedBetween(tx, from, to, refusals.minimum, EVIDENCE);
  const persons = new Map(
    (
      await facts.personsBehind(
        tx,
        refused.map((one) => one.pseudonym),
      )
    ).map((one) => [one.pseudonym, one.id]),
  );
  return {
    day,
    readings,
    history,
    departments: new Map(readings.map((one) => [one.person, one.department])),
    ended,
    texts,
    refusals: refused.flatMap(({ pseudonym, count, entries }) => {
      const person = persons.get(pseudonym);
      return person === undefined ? [] : [{ person, count, entries }];
    }),
  };
}

interface Raised {
  rules: SignalRules;
  day: string;
  one: FoundSignal;
  reader: string;
}

/** A signal joins the case that already looks into this kind of a person's readings, or opens one. */
async function raise(deps: ReportsDeps, tx: Tx, system: Actor, { rules, day, one, reader }: Raised): Promise<void> {
  const at = deps.now();
  const policy = `${rules.name}@${rules.digest}`;
  const entry = (input: Pick<EntryInput, 'act' | 'subject' | 'facts'>): EntryInput => ({ actor: system, decision: 'allow', policy, ...input });
  const id = newId();
  let caseId = (await lockOpenCase(tx, one.person, one.kind))?.id;
  if (caseId === undefined) {
    caseId = newId();
    const number = await nextCaseNumber(tx, dayOf(at, deps.settings.zone).y);
    const opened = await deps.audit.append(
      tx,
      entry({ act: 'case.open', subject: { kind: 'case', id: caseId }, facts: { number, signal: id, kind: one.kind, reader } }),
    );
    await insertCase(tx, { id: caseId, number, person: one.person, kind: one.kind, at, entry: opened.id, fromSignal: null });
  }
  const raised = await deps.audit.append(
    tx,
    entry({ act: 'signal.raise', subject: { kind: 'signal', id }, facts: { kind: one.kind, day, case: caseId, reader, count: one.figures['count'] ?? 0 } }),
  );
  await insertSignal(tx, {
    id,
    kind: one.kind,
    person_id: one.person,
    day,
    rules: policy,
    figures: one.figures,
    evidence: one.evidence,
    case_id: caseId,
    raised_at: at,
    entry: raised.id,
  });
}
