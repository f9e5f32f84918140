import type { Actor } from '../../audit/index.js';
import type { RequestsDeps } from '../deps.js';
import { numberOfReading, numbersOf } from './store.js';

/** Number of the application under which one's own reading was granted, for the mark on what is shown; `undefined` where there was none. */
export async function requestNumberOf(deps: RequestsDeps, actor: Actor, readingId: string): Promise<string | undefined> {
  return actor.personId === null ? undefined : numberOfReading(deps.db, readingId, actor.personId);
}

/** Numbers of applications by their ids, for a list that names under which each grant was given. */
export function requestNumbers(deps: Pick<RequestsDeps, 'db'>, ids: readonly string[]): Promise<Map<string, string>> {
  return numbersOf(deps.db, ids);
}
