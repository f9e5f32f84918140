import type { AccessControl } from '../../access/index.js';
import type { Audit } from '../../audit/index.js';
import type { WorkCalendar } from '../../config/index.js';
import type { Db } from '../../db/index.js';

/** What the access audit needs. */
export interface UsageDeps {
  db: Db;
  audit: Audit;
  access: AccessControl;
  hours: WorkCalendar;
  now: () => Date;
}
