import type { Actor } from '../../audit/index.js';
import type { RecordsDeps } from '../deps.js';
import { inspectStream } from '../files/index.js';
import { compareReplays, decideAll, rejection, type CaptureItem, type CaptureOutcome } from './capture-many.js';
import type { CaptureFile } from './files.js';

/** What would become of a draft that nobody has taken in yet. */
export type CheckOutcome = Exclude<CaptureOutcome, { status: 'captured' | 'received' }> | { status: 'new'; complete: boolean };

/** Everything that `captureMany` decides, without taking anything in: for dry runs and comparisons. */
export async function checkMany(deps: RecordsDeps, actor: Actor, items: readonly CaptureItem[]): Promise<CheckOutcome[]> {
  const steps = decideAll(deps, actor, items);
  await compareReplays(deps, actor, steps);
  const outcomes: CheckOutcome[] = [];
  for (const step of steps) {
    if ('outcome' in step) outcomes.push(step.outcome as CheckOutcome);
    else outcomes.push((await refusedFile(step.files)) ?? { status: 'new', complete: step.prepared.missing.length === 0 });
  }
  return outcomes;
}

/** A file that would be refused, by its beginning. */
async function refusedFile(files: readonly CaptureFile[]): Promise<CheckOutcome | undefined> {
  for (const [i, file] of files.entries()) {
    try {
      (await inspectStream(file.body, file.name, file.declaredType)).body.destroy();
    } catch (error) {
      const refused = rejection(error);
      return { ...refused, fields: refused.fields.map((one) => ({ ...one, field: `files.${i}` })) };
    }
  }
  return undefined;
}
