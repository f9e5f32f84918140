import type { WorkCalendar } from '../../config/index.js';
import type { Db } from '../../db/index.js';
import type { RecordsDeps } from '../../records/index.js';
import type { ObjectStore } from '../../storage/index.js';
import type { DispositionDeps } from '../appraisal/deps.js';

/** What the end of the term of a log works with. */
export interface LogTermDeps extends DispositionDeps, Pick<RecordsDeps, 'schedules'> {
  /** As `lantai_integrator`: what is published and counted of the log is noted by no other role. */
  auditDb: Db;
  store: ObjectStore;
  /** When people work here, for the sums that stay. */
  hours(): WorkCalendar;
  /** Raises the alarm: a step failed. Ids and codes only. */
  onTrouble(code: 'destruction_stuck', facts: Readonly<Record<string, string | number>>): void;
  /** Told of a defect behind a step that failed, for the operator's log. */
  onFault?(error: unknown): void;
}
