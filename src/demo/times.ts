import type { Chance } from './random.js';

/** Where everything in the demo happened. */
export const ZONE = 'Asia/Shanghai';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export interface DemoTimes {
  openedAt: Date;
  servedAt: Date;
  closedAt: Date;
  followUpAt: Date;
  /** Missing where nobody called back. */
  returnCallAt?: Date;
  /** When the archive took it in: within the day as a rule, after the return call where there is one; some come late. */
  archivedAt: Date;
  /** Closed within the last three weeks: some of these are still incomplete. */
  recent: boolean;
  /** What was closed before this came from the old system. */
  legacyUntil: number;
}

/** Closing times over six years up to an hour before `now`, oldest first, denser towards the end, in working hours of Shanghai. */
export function demoTimes(chance: Chance, now: Date, count: number): DemoTimes[] {
  const legacyUntil = now.getTime() - 4 * 365 * DAY;
  const closings = Array.from({ length: count }, () => workingHour(chance, now.getTime() - HOUR - chance.next() ** 1.7 * 6 * 365.25 * DAY, now));
  return closings
    .sort((a, b) => a - b)
    .map((closed) => {
      const lasted = chance.percent(55) ? chance.int(10, 180) * 60_000 : chance.int(4, 160) * HOUR;
      const opened = closed - lasted;
      const called = chance.percent(78) ? returnCall(chance, closed) : undefined;
      return {
        openedAt: new Date(opened),
        servedAt: new Date(opened + Math.floor(lasted / 3)),
        closedAt: new Date(closed),
        followUpAt: new Date(closed - Math.floor(lasted / 10)),
        ...(called !== undefined && called < now.getTime() ? { returnCallAt: new Date(called) } : {}),
        archivedAt: new Date(Math.min(archived(chance, Math.max(closed, called ?? 0)), now.getTime() - 60_000)),
        recent: closed > now.getTime() - 21 * DAY,
        legacyUntil,
      };
    });
}

function archived(chance: Chance, done: number): number {
  if (chance.percent(90)) return done + chance.int(2, 50) * 60_000;
  return done + chance.int(2, 9) * DAY + chance.int(0, 600) * 60_000;
}

/** Usually within a day, in office hours of Shanghai; some are late. */
function returnCall(chance: Chance, closed: number): number {
  const hour = (closed / HOUR + 8) % 24;
  if (hour < 17 && chance.percent(60)) return closed + chance.int(30, 60) * 60_000;
  const nextNine = closed + (24 - hour + 9) * HOUR;
  const inTime = nextNine < closed + 22 * HOUR && chance.percent(85);
  return nextNine + (inTime ? chance.int(0, 60) * 60_000 : chance.int(1, 3) * DAY + chance.int(0, 480) * 60_000);
}

/** The same day between 08:30 and 20:30 in Shanghai, whole minutes, never later than an hour ago. */
function workingHour(chance: Chance, at: number, now: Date): number {
  const midnight = Math.floor((at + 8 * HOUR) / DAY) * DAY - 8 * HOUR;
  const within = midnight + 8.5 * HOUR + chance.int(0, 719) * 60_000;
  return within <= now.getTime() - HOUR ? within : within - DAY;
}
