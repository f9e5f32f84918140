import type { Actor } from '../audit/index.js';
import { makeHold, type HoldsDeps } from '../disposition/index.js';
import { dayText } from '../records/index.js';
import type { Shelved } from './applications.js';
import { holdWords } from './words.js';

/** Days until the lawsuit's hold is reviewed. */
const REVIEW = 90;

/**
 * Two holds: legal preserves everything of the client of the newest complaint, who sues; the records manager freezes three records
 * that an inspection asked about this morning.
 */
export async function tellHolds(deps: HoldsDeps, cast: { legal: Actor; manager: Actor }, shelf: readonly Shelved[]): Promise<number> {
  const sued = shelf.findLast((one) => one.record.draft.serviceType === 'complaint') ?? shelf.at(-1);
  if (sued === undefined) return 0;
  const reviewOn = dayText(new Date(deps.now().getTime() + REVIEW * 86_400_000), deps.settings.zone);
  await makeHold(deps, cast.legal, 'set', { matter: 'lawsuit', ...holdWords.lawsuit, client: sued.record.draft.client.number, reviewOn });
  const asked = shelf.filter((one) => one.record.draft.client.number !== sued.record.draft.client.number).slice(-3);
  if (asked.length === 0) return 1;
  await makeHold(deps, cast.manager, 'freeze', { matter: 'inspection', ...holdWords.inspection, records: asked.map((one) => one.id) });
  return 2;
}
