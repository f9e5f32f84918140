import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { Attempt } from './provider.js';

/** Minutes in which somebody has to come back from the provider. */
export const TICKET_MINUTES = 10;

/**
 * What the browser keeps while its person is at the provider, in a cookie: random, the time, and where to go afterwards.
 * State, nonce and code verifier follow from it under a key of ours, so that nothing is stored before somebody comes back,
 * and an answer counts only in the browser that asked.
 */
export function newTicket(random: (n: number) => Buffer, now: Date, next: string): string {
  return [random(32).toString('base64url'), now.getTime().toString(36), Buffer.from(next).toString('base64url')].join('.');
}

const made = (key: KeyObject, label: string, ticket: string): string =>
  createHmac('sha256', key).update(`lantai/sign-on/${label}\0`).update(ticket).digest('base64url');

export function attemptOf(key: KeyObject, ticket: string, redirectUri: string): Attempt {
  return { redirectUri, state: made(key, 'state', ticket), nonce: made(key, 'nonce', ticket), verifier: made(key, 'verifier', ticket) };
}

/** Where to go afterwards; `undefined` for a ticket that is malformed, too old, or whose state is another. */
export function openTicket(key: KeyObject, ticket: string, state: string, now: Date): { next: string } | undefined {
  const [, at, next] = /^[\w-]{43}\.([0-9a-z]{1,12})\.([\w-]{0,3000})$/.exec(ticket) ?? [];
  if (at === undefined || next === undefined) return undefined;
  const age = now.getTime() - parseInt(at, 36);
  const [expected, got] = [Buffer.from(made(key, 'state', ticket)), Buffer.from(state)];
  if (age < 0 || age > TICKET_MINUTES * 60_000 || expected.length !== got.length || !timingSafeEqual(expected, got)) return undefined;
  return { next: Buffer.from(next, 'base64url').toString('utf8') };
}
