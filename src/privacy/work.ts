import type { Actor } from '../audit/index.js';
import { dayOf, formatDay } from '../classification/index.js';
import type { Tx } from '../db/index.js';
import { CodedError, invalidField } from '../errors/index.js';
import { dueDay } from './deadlines.js';
import type { PrivacyDeps } from './deps.js';
import { onRequest } from './refusal.js';
import { writeStep } from './step.js';
import { afterStep, checkExtension, missingBeforeAnswer, missingBeforeClose } from './steps.js';
import { erasuresOf } from './erasure-store.js';
import { doneFor, erasureFinding, lockRequest, setAnswered, setClosed, setExtended, setIdentified, setState, type RequestRow } from './store.js';
import { PRIVACY_LENGTHS, textOf } from './texts.js';
import { IDENTITY_METHODS, type PrivacyStep } from './values.js';

/** The day in the archive's zone. */
export function today(deps: PrivacyDeps): string {
  return formatDay(dayOf(deps.now(), deps.settings.zone));
}

/** Runs one step of the desk on a request under lock. */
async function step<T>(deps: PrivacyDeps, actor: Actor, id: string, name: PrivacyStep, work: (tx: Tx, row: RequestRow) => Promise<T>): Promise<T> {
  return onRequest(deps, actor, { step: name, id }, async () => {
    deps.access.authorize(actor, 'privacy.register');
    if (actor.personId === null) throw new CodedError('forbidden');
    return deps.db.tx(async (tx) => {
      const row = await lockRequest(tx, id);
      if (!row) throw new CodedError('not_found');
      return work(tx, row);
    });
  });
}

/** Notes how it was made sure that who asks is the client. */
export async function identify(deps: PrivacyDeps, actor: Actor, input: { id: string; method: string; note: string }): Promise<void> {
  const method = IDENTITY_METHODS.find((one) => one === input.method);
  if (!method) throw invalidField('method', input.method === '' ? 'missing' : 'unknown_value');
  const note = textOf('note', input.note, PRIVACY_LENGTHS.note, true);
  await step(deps, actor, input.id, 'identify', async (tx, row) => {
    afterStep(row.state, 'identify');
    await setIdentified(tx, row.id, method);
    await writeStep(deps, tx, actor, { id: row.id, act: 'privacy.step', step: 'identify', note, facts: { method } });
  });
}

/** Notes what the examination found; of an erasure, what stands against it in law, counted on this day. */
export async function examine(deps: PrivacyDeps, actor: Actor, input: { id: string; note: string }): Promise<void> {
  const note = textOf('note', input.note, PRIVACY_LENGTHS.note, true);
  await step(deps, actor, input.id, 'examine', async (tx, row) => {
    afterStep(row.state, 'examine');
    const finding = await erasureFinding(tx, row.client_number, today(deps));
    await setState(tx, row.id, 'examined');
    await writeStep(deps, tx, actor, { id: row.id, act: 'privacy.step', step: 'examine', note, facts: { ...finding } });
  });
}

/** Extends the term, once, before it is over, with a reason; the client is told by a letter. */
export async function extend(deps: PrivacyDeps, actor: Actor, input: { id: string; reason: string }): Promise<{ to: string }> {
  const note = textOf('reason', input.reason, PRIVACY_LENGTHS.note, true);
  return step(deps, actor, input.id, 'extend', async (tx, row) => {
    checkExtension({ state: row.state, due: row.due, extended: row.extended_to !== null }, today(deps));
    const policy = deps.policies.get(row.policy);
    const to = dueDay(row.due, policy.extension, deps.calendar());
    await setExtended(tx, row.id, to);
    await writeStep(deps, tx, actor, { id: row.id, act: 'privacy.step', step: 'extend', note, facts: { from: row.due, to } });
    return { to };
  });
}

/** Notes that the answer went out. What was decided must be done, and its letter made. */
export async function answer(deps: PrivacyDeps, actor: Actor, input: { id: string; note: string }): Promise<void> {
  const note = textOf('note', input.note, PRIVACY_LENGTHS.note, true);
  await step(deps, actor, input.id, 'answer', async (tx, row) => {
    afterStep(row.state, 'answer');
    if (row.outcome === null) throw new CodedError('wrong_state', { params: { state: row.state, step: 'answer' } });
    const done = { ...(await doneFor(tx, row.id)), ...(await erasuresOf(tx, row.id, today(deps))) };
    const missing = missingBeforeAnswer(row.kind, row.outcome, done);
    if (missing[0] !== undefined) throw new CodedError('not_fulfilled', { params: { missing: missing[0] } });
    await setAnswered(tx, row.id, deps.now());
    await writeStep(deps, tx, actor, { id: row.id, act: 'privacy.step', step: 'answer', note, facts: { late: today(deps) > (row.extended_to ?? row.due) } });
  });
}

/** Closes an answered request. One that marked records for destruction stays open until they are destroyed, or bound, and the client was told. */
export async function close(deps: PrivacyDeps, actor: Actor, input: { id: string; note: string }): Promise<void> {
  const note = textOf('note', input.note, PRIVACY_LENGTHS.note);
  await step(deps, actor, input.id, 'close', async (tx, row) => {
    afterStep(row.state, 'close');
    const [missing] = missingBeforeClose({ ...(await doneFor(tx, row.id)), ...(await erasuresOf(tx, row.id, today(deps))) });
    if (missing !== undefined) throw new CodedError('not_fulfilled', { params: { missing } });
    await setClosed(tx, row.id, deps.now());
    await writeStep(deps, tx, actor, { id: row.id, act: 'privacy.step', step: 'close', note });
  });
}
