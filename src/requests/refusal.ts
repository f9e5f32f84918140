import type { Actor } from '../audit/index.js';
import { CodedError } from '../errors/index.js';
import type { RequestsDeps } from './deps.js';

/** Runs an act on one application; what is refused is on record too, apart from the change that did not happen. */
export async function onRequest<T>(deps: RequestsDeps, actor: Actor, what: { id: string; step: string }, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CodedError && error.status < 500 && error.code !== 'forbidden') await logRefused(deps, actor, what, error.code);
    throw error;
  }
}

export async function logRefused(deps: RequestsDeps, actor: Actor, what: { id: string; step: string }, why: string): Promise<void> {
  await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act: 'request.refused',
      subject: { kind: 'request', id: what.id },
      decision: 'deny',
      policy: deps.access.version(),
      facts: { step: what.step, why },
    }),
  );
}
