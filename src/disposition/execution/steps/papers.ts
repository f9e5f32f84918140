import { sealAppraisalReport } from '../../appraisal/report.js';
import { sealRegisterForm } from '../../register/form.js';
import { appraisalsBehind } from '../store.js';
import type { StepContext } from './types.js';

/**
 * Keeps as signed documents of their own what names the records by their titles: the reports of the appraisals behind a register (form
 * 7) and the register itself (form 8). Repeatable: what was kept is kept.
 * @returns how many documents there are
 */
export async function sealPapers({ deps, run, cause }: StepContext): Promise<number> {
  const papers = { ...deps, people: { namesOfPersons: (persons: readonly string[]) => deps.namesOf(persons).then((names) => new Map(names)) } };
  const appraisals = await appraisalsBehind(deps.db, run.register_id);
  for (const id of appraisals) await sealAppraisalReport(papers, cause.actor, id);
  await sealRegisterForm(papers, cause.actor, run.register_id);
  return appraisals.length + 1;
}
