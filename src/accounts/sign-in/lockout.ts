/** What is remembered of failed sign-ins under one name. */
export interface Failures {
  failures: number;
  lockouts: number;
  lockedUntil: Date | null;
  changedAt: Date;
}

export const LOCKOUT = { failures: 5, minutes: 15, maxMinutes: 24 * 60, forgetHours: 24 } as const;

const MINUTE = 60_000;

/** Counts an attempt before the password is looked at. Not allowed while locked, nor beyond the limit by guesses made at once. */
export function attempt(before: Failures | undefined, now: Date): { state: Failures; allowed: boolean } {
  if (before?.lockedUntil && before.lockedUntil > now) return { state: before, allowed: false };
  const ended = before?.lockedUntil ?? before?.changedAt;
  const old = ended === undefined || now.getTime() - ended.getTime() > LOCKOUT.forgetHours * 60 * MINUTE;
  const lockouts = old ? 0 : (before?.lockouts ?? 0);
  const failures = old || before?.lockedUntil ? 1 : (before?.failures ?? 0) + 1;
  const state = { failures, lockouts, lockedUntil: null, changedAt: now };
  // beyond the limit without a lock: guesses made at once, or a process that died before it could lock
  return failures <= LOCKOUT.failures ? { state, allowed: true } : { state: failed(state, now), allowed: false };
}

/** After an attempt that failed: locked at the limit, for twice as long each time. */
export function failed(counted: Failures, now: Date): Failures {
  if (counted.lockedUntil && counted.lockedUntil > now) return counted;
  if (counted.failures < LOCKOUT.failures) return counted;
  const minutes = Math.min(LOCKOUT.minutes * 2 ** counted.lockouts, LOCKOUT.maxMinutes);
  return { failures: counted.failures, lockouts: counted.lockouts + 1, lockedUntil: new Date(now.getTime() + minutes * MINUTE), changedAt: now };
}

/** Whole minutes to wait, for the error's text. */
export function minutesLeft(state: Failures, now: Date): number {
  return Math.max(1, Math.ceil(((state.lockedUntil?.getTime() ?? now.getTime()) - now.getTime()) / MINUTE));
}
