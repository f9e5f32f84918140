import type { Actor } from '../audit/index.js';
import { CHANNELS, dayOf, formatDay } from '../classification/index.js';
import { newId } from '../db/index.js';
import { CodedError, invalidField } from '../errors/index.js';
import { dueDay } from './deadlines.js';
import type { PrivacyDeps } from './deps.js';
import { onRequest } from './refusal.js';
import { writeStep } from './step.js';
import { insertRequest, nextSerial } from './store.js';
import { numberOf, PRIVACY_LENGTHS, sealAsked, textOf } from './texts.js';
import { PRIVACY_KINDS } from './values.js';

export interface RegisterInput {
  kind: string;
  channel: string;
  client: string;
  /** When it reached the archive's owner; left out: now. The term runs from that day. */
  receivedAt?: Date | undefined;
  /** In the client's own words. */
  asked: string;
  /** Who asks: the client, or whoever acts for the client. */
  name: string;
  /** Where the answer goes. */
  contact: string;
}

/** How long ago something may have been received that is registered only now, in days. */
const LATEST_RECEIPT_DAYS = 366;

/** Puts a client's request on the register; its day of answer is fixed from the rules in force (PIPL article 50). */
export async function registerRequest(deps: PrivacyDeps, actor: Actor, input: RegisterInput): Promise<{ id: string; number: string; due: string }> {
  return onRequest(deps, actor, { step: 'register', id: null }, async () => {
    deps.access.authorize(actor, 'privacy.register');
    const by = actor.personId;
    if (by === null) throw new CodedError('forbidden');
    const now = deps.now();
    const kind = PRIVACY_KINDS.find((one) => one === input.kind);
    if (!kind) throw invalidField('kind', input.kind === '' ? 'missing' : 'unknown_value');
    const channel = CHANNELS.find((one) => one === input.channel);
    if (!channel) throw invalidField('channel', input.channel === '' ? 'missing' : 'unknown_value');
    const client = textOf('client', input.client, 64, true);
    const asked = {
      asked: textOf('asked', input.asked, PRIVACY_LENGTHS.asked, true),
      name: textOf('name', input.name, PRIVACY_LENGTHS.name, true),
      contact: textOf('contact', input.contact, PRIVACY_LENGTHS.contact),
    };
    const receivedAt = input.receivedAt ?? now;
    if (receivedAt.getTime() > now.getTime() + 60_000) throw invalidField('receivedAt', 'in_the_future');
    if (receivedAt.getTime() < now.getTime() - LATEST_RECEIPT_DAYS * 86_400_000) throw invalidField('receivedAt', 'too_early');
    const policy = deps.policies.newest;
    const received = formatDay(dayOf(receivedAt, deps.settings.zone));
    const due = dueDay(received, policy.answer, deps.calendar());
    const year = dayOf(now, deps.settings.zone).y;
    return deps.db.tx(async (tx) => {
      const id = newId();
      const serial = await nextSerial(tx, year);
      const number = numberOf({ year, serial });
      const twoPersons = policy.twoPersons.includes(kind);
      await insertRequest(tx, {
        id,
        year,
        serial,
        kind,
        channel,
        client,
        receivedAt,
        asked: sealAsked(deps, id, asked),
        due,
        policy: policy.name,
        twoPersons,
        by,
        at: now,
      });
      await writeStep(deps, tx, actor, {
        id,
        act: 'privacy.register',
        step: 'register',
        facts: { number, kind, channel, due, rules: policy.name, digest: policy.digest },
      });
      return { id, number, due };
    });
  });
}
