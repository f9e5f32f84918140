import { constraintOf } from '../db/index.js';
import { invalidField } from '../errors/index.js';

/** A client's request that is named as the reason of a change must be there; the database knows. */
export function unknownCause(error: unknown): never {
  const constraint = constraintOf(error);
  if (constraint === 'restrictions_request' || constraint === 'corrections_request') throw invalidField('requestId', 'not_known');
  throw error;
}
