import type { HttpDeps } from '../../deps.js';
import type { Route } from '../../route.js';
import { auditLogPages } from './audit-log.js';
import { keyPlacePages } from './key-places.js';
import { logBreakPages } from './log-breaks.js';
import { auditPages } from './audit.js';
import { departmentPages } from './departments.js';
import { latenessPages } from './lateness.js';
import { matrixPages } from './matrix.js';
import { ownSessionPages } from './own-sessions.js';
import { peoplePages } from './people.js';
import { personPages } from './person.js';
import { recordTermPages } from './record-term.js';
import { duePages } from './due.js';
import { schedulePages } from './schedules.js';
import { policyPages } from './policies.js';
import { secondFactorPages } from './second-factor.js';
import { systemPages } from './system.js';
import { tokenPages } from './tokens.js';

/** The pages of administration. */
export function officePages(deps: HttpDeps): Route[] {
  return [
    ...peoplePages(deps),
    ...personPages(deps),
    ...departmentPages(deps),
    ...tokenPages(deps),
    ...ownSessionPages(deps),
    ...secondFactorPages(deps),
    ...matrixPages(deps),
    ...policyPages(deps),
    ...keyPlacePages(deps),
    ...logBreakPages(deps),
    ...auditLogPages(deps), // before the entries, whose paths have as many parts
    ...schedulePages(deps),
    ...duePages(deps),
    ...recordTermPages(deps),
    ...auditPages(deps),
    ...systemPages(deps),
    ...latenessPages(deps),
  ];
}
