import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { Attempt } from './provider.js';

/** Minutes in which somebody has to come back from the provider. */
export const TICKET_MINUTES = 10;

/** What somebody is at the provider for: to sign on; to sign on after being asked again there; to end a reading on site. */
const KINDS = ['sign_on', 'fresh', 'lock'] as const;
export type TicketKind = (typeof KINDS)[number];

/**
 * What the browser keeps while its person is at the provider, in a cookie: random, the time, what for, and where to go afterwards.
 * State, nonce and code verifier follow from it under a key of ours, so that nothing is stored before somebody comes back,
 * and an answer counts only in the browser that asked.
 */
export function newTicket(random: (n: number) => Buffer, now: Date, kind: TicketKind, next: string): string {
  return [random(32).toString('base64url'), now.getTime().toString(36), kind, Buffer.from(next).toString('base64url')].join('.');
}

const made = (key: KeyObject, label: string, ticket: string): string =>
  createHmac('sha256', key).update(`lantai/sign-on/${label}\0`).update(ticket).digest('base64url');

export function attemptOf(key: KeyObject, ticket: string, redirectUri: string): Attempt {
  const fresh = kindOf(ticket) !== 'sign_on';
  return { redirectUri, state: made(key, 'state', ticket), nonce: made(key, 'nonce', ticket), verifier: made(key, 'verifier', ticket), fresh };
}

const kindOf = (ticket: string): TicketKind | undefined => KINDS.find((kind) => ticket.split('.')[2] === kind);

/** What it is for, and where to go afterwards; `undefined` for a ticket that is malformed, too old, or whose state is another. */
export function openTicket(key: KeyObject, ticket: string, state: string, now: Date): { kind: TicketKind; next: string } | undefined {
  const [, at, next] = /^[\w-]{43}\.([0-9a-z]{1,12})\.[a-z_]{1,10}\.([\w-]{0,3000})$/.exec(ticket) ?? [];
  const kind = kindOf(ticket);
  if (at === undefined || next === undefined || kind === undefined) return undefined;
  const age = now.getTime() - parseInt(at, 36);
  const [expected, got] = [Buffer.from(made(key, 'state', ticket)), Buffer.from(state)];
  if (age < 0 || age > TICKET_MINUTES * 60_000 || expected.length !== got.length || !timingSafeEqual(expected, got)) return undefined;
  return { kind, next: Buffer.from(next, 'base64url').toString('utf8') };
}
