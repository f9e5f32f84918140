import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Keystore } from '../../../crypto/index.js';

/** Letters only, so that every engine of search takes a canary for one word; none that a mask would take for a number. */
const LETTERS = 'bcdfghjkmnpqrstv';
const NUMBER = /^CANARY-([b-v]{12})-([b-v]{8})$/;
const MARK = 16;
const OWN = 20;
export const CANARY_LENGTH = MARK + OWN;

export type CanaryPart = 'title' | 'content';

/**
 * A test record by which it can be seen that destruction reaches everything: its number says that it is one, and its texts follow from
 * the number by a secret of the keystore. So they need not be kept anywhere, and can be looked for after everything of it is gone.
 */
export interface Canary {
  serviceNo: string;
  texts: Record<CanaryPart, string>;
}

type Secrets = Pick<Keystore, 'secret'>;

const inLetters = (hex: string): string => Array.from(hex, (digit) => LETTERS[Number.parseInt(digit, 16)] ?? '').join('');

function letters(keys: Secrets, what: string, length: number): string {
  const bytes = createHmac('sha256', keys.secret('destruction-canary')).update(what).digest();
  return inLetters(bytes.toString('hex').slice(0, length));
}

/** What every canary text of this archive begins with: one thing to look for, however many canaries there are. */
export const markOf = (keys: Secrets): string => letters(keys, 'mark', MARK);

function canary(keys: Secrets, serviceNo: string): Canary {
  const text = (part: CanaryPart): string => `${markOf(keys)}${letters(keys, `${part}\0${serviceNo}`, OWN)}`;
  return { serviceNo, texts: { title: text('title'), content: text('content') } };
}

/** A canary that there was not yet. */
export function newCanary(keys: Secrets, random: (n: number) => Buffer): Canary {
  const nonce = inLetters(random(6).toString('hex'));
  return canary(keys, `CANARY-${nonce}-${letters(keys, `number\0${nonce}`, 8)}`);
}

/** The canary of a service number; `undefined` where it is an ordinary number, whatever it looks like. */
export function canaryOf(keys: Secrets, serviceNo: string): Canary | undefined {
  const [, nonce = '', proof = ''] = NUMBER.exec(serviceNo) ?? [];
  if (nonce === '') return undefined;
  return timingSafeEqual(Buffer.from(proof), Buffer.from(letters(keys, `number\0${nonce}`, 8))) ? canary(keys, serviceNo) : undefined;
}

/** A draft of the test record, complete and long past its term, to be captured as any other. */
export function canaryDraft(one: Canary, department: string): Record<string, unknown> {
  return {
    source: { system: 'canary' },
    serviceNo: one.serviceNo,
    openedAt: '2015-01-05T09:00:00+08:00',
    closedAt: '2015-01-05T10:00:00+08:00',
    serviceType: 'routine',
    client: { number: 'CANARY', name: 'Canary', type: 'other' },
    staff: { number: 'CANARY', name: 'Canary' },
    department,
    channel: 'other',
    title: `Canary ${one.texts.title}`,
    content: `Canary ${one.texts.content}`,
    solution: `Canary ${one.texts.content}`,
    clientFeedback: 'Canary',
    result: 'Canary',
    medium: 'electronic',
  };
}
