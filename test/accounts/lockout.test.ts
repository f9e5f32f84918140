import test from 'ava';
import fc from 'fast-check';
import { attempt, failed, LOCKOUT, minutesLeft, type Failures } from '../../src/accounts/sign-in/lockout.js';

const START = Date.UTC(2026, 0, 1);
const at = (minutes: number): Date => new Date(START + minutes * 60_000);

/** Fails once, when it is allowed to try. */
function fail(state: Failures | undefined, minutes: number): Failures {
  const counted = attempt(state, at(minutes));
  return counted.allowed ? failed(counted.state, at(minutes)) : counted.state;
}

test('R47: the fifth failure locks for 15 minutes, each further round for twice as long, at most a day', (t) => {
  let state: Failures | undefined;
  let minutes = 0;
  for (const wait of [15, 30, 60, 120, 240, 480, 960, 1440, 1440]) {
    for (let i = 1; i <= LOCKOUT.failures; i++) {
      t.true(attempt(state, at(minutes)).allowed);
      state = fail(state, minutes);
    }
    t.is(minutesLeft(state as Failures, at(minutes)), wait);
    t.false(attempt(state, at(minutes + wait - 1)).allowed);
    minutes += wait;
  }
});

test('R47: four failures lock nothing and are forgotten after a day; so are former lock-outs', (t) => {
  let state: Failures | undefined;
  for (let i = 0; i < 4; i++) state = fail(state, 0);
  t.is(state?.lockedUntil, null);
  state = fail(state, 25 * 60);
  t.is(state.lockedUntil, null);
  t.is(state.failures, 1);
});

test('R47: guesses made at once are never looked at beyond the limit, and a process that dies while counting leaves no lock for ever', (t) => {
  let state: Failures | undefined;
  let looked = 0;
  for (let i = 0; i < 100; i++) {
    const next = attempt(state, at(0));
    if (next.allowed) looked++;
    state = next.state;
  }
  t.is(looked, LOCKOUT.failures);
  t.true(attempt(state, at(15)).allowed);
});

test('R47: in any window of failures no more than five are looked at per lock', (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 200 }), (gaps) => {
      let state: Failures | undefined;
      let minutes = 0;
      let since = 0;
      for (const gap of gaps) {
        minutes += gap;
        const counted = attempt(state, at(minutes));
        if (counted.allowed && state?.lockedUntil) since = 0;
        if (counted.allowed) since++;
        t.true(since <= LOCKOUT.failures);
        state = counted.allowed ? failed(counted.state, at(minutes)) : counted.state;
        if (state.lockedUntil && state.lockedUntil > at(minutes)) t.false(attempt(state, at(minutes)).allowed);
      }
    }),
  );
});
