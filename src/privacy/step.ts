import type { Actor } from '../audit/index.js';
import { sealField } from '../crypto/index.js';
import type { Tx } from '../db/index.js';
import type { PrivacyDeps } from './deps.js';
import { insertStep } from './store.js';
import { noteContext } from './texts.js';
import type { PrivacyStep } from './values.js';

/** Writes a step of a request with its entry, whose id it gives: who, when, why. The note stands sealed, and in the entry's side. */
export async function writeStep(
  deps: PrivacyDeps,
  tx: Tx,
  actor: Actor,
  step: {
    id: string;
    act: 'privacy.register' | 'privacy.step' | 'privacy.decide' | 'privacy.bind';
    step: PrivacyStep;
    note?: string;
    facts?: Record<string, string | number | boolean | null>;
  },
): Promise<string> {
  const note = step.note ?? '';
  const entry = await deps.audit.append(tx, {
    actor,
    act: step.act,
    subject: { kind: 'privacyRequest', id: step.id },
    decision: 'allow',
    policy: deps.access.version(),
    facts: { step: step.step, ...step.facts },
    ...(note === '' ? {} : { side: { note } }),
  });
  await insertStep(tx, {
    request: step.id,
    at: deps.now(),
    by: actor.personId ?? '',
    step: step.step,
    note: note === '' ? null : sealField(deps.keystore.secret('catalogue'), noteContext(step.id), note),
    facts: step.facts ?? {},
    entry: entry.id,
  });
  return entry.id;
}
