import type { Actor } from '../../audit/index.js';
import type { PaperDeps } from './deps.js';
import { unreported } from './paper-store.js';
import { sealAppraisalReport } from './report.js';

/**
 * Makes and keeps the reports (form 7) of appraisals that were decided and have none yet, oldest first. Right after the last signature
 * this is the one that it queued. One that fails keeps none of the others back, and is tried again.
 * @returns how many were made
 */
export async function sealReports(deps: PaperDeps, system: Actor, signal?: AbortSignal): Promise<number> {
  let made = 0;
  const failed: unknown[] = [];
  for (const id of await unreported(deps.db)) {
    if (signal?.aborted === true) break;
    try {
      await sealAppraisalReport(deps, system, id);
      made++;
    } catch (error) {
      failed.push(error);
    }
  }
  if (failed.length > 0) throw new AggregateError(failed, `${failed.length} appraisal reports could not be made`);
  return made;
}
