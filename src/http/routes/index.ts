import type { HttpDeps } from '../deps.js';
import type { Route } from '../route.js';
import { appraisalRoutes } from './appraisals.js';
import { auditLogRoutes } from './audit-log.js';
import { auditRoutes } from './audit.js';
import { logDestructionRoutes } from './log-destructions.js';
import { keyPlaceRoutes } from './key-places.js';
import { logBreakRoutes } from './log-breaks.js';
import { certificateRoutes } from './certificates.js';
import { certifiedCopyRoutes } from './certified-copies.js';
import { changeRoutes } from './changes.js';
import { comparisonRoutes } from './comparisons.js';
import { deviceRoutes } from './devices.js';
import { destructionRoutes } from './destructions.js';
import { grantRoutes } from './grants.js';
import { registerRoutes } from './destruction-registers.js';
import { erasureRoutes } from './erasures.js';
import { fileFormRoutes } from './file-forms.js';
import { scheduleFormRoutes } from './schedule-form.js';
import { healthRoutes } from './health.js';
import { holdRoutes } from './holds.js';
import { importRoutes } from './imports.js';
import { intakeRoutes } from './intake.js';
import { pageRoutes } from './pages/index.js';
import { peopleRoutes } from './people.js';
import { readingRoutes } from './readings.js';
import { loweringRoutes } from './lowerings.js';
import { privacyRoutes } from './privacy.js';
import { recordRoutes } from './records.js';
import { requestPaperRoutes } from './request-papers.js';
import { requestRegisterRoutes } from './request-register.js';
import { siteVisitRoutes } from './site-visits.js';
import { requestRoutes } from './requests.js';
import { searchRoutes } from './search.js';
import { restrictionRoutes } from './restrictions.js';
import { dueRoutes } from './due.js';
import { termRoutes } from './terms.js';
import { scheduleRoutes } from './schedules.js';
import { ruleRoutes } from './rules.js';
import { secondFactorRoutes } from './second-factor.js';
import { receiptRoutes } from './receipts.js';
import { evidenceRoutes } from './evidence.js';
import { complianceReportRoutes } from './compliance-reports.js';
import { accountReviewRoutes } from './account-review.js';
import { archiveCheckRoutes } from './archive-checks.js';
import { sampleRoutes } from './samples.js';
import { signalRoutes } from './signals.js';
import { sessionRoutes } from './sessions.js';
import { standingRoutes } from './standing.js';
import { systemRoutes } from './system.js';
import { pastRoutes } from './past.js';
import { usageRoutes } from './usage.js';
import { transferListRoutes } from './transfer-list.js';

/** Every route there is, the API first. */
export function allRoutes(deps: HttpDeps): Route[] {
  return [
    ...healthRoutes(deps),
    ...recordRoutes(deps),
    ...searchRoutes(deps),
    ...requestPaperRoutes(deps),
    ...requestRegisterRoutes(deps),
    ...requestRoutes(deps),
    ...certifiedCopyRoutes(deps),
    ...siteVisitRoutes(deps),
    ...loweringRoutes(deps),
    ...readingRoutes(deps),
    ...restrictionRoutes(deps),
    ...privacyRoutes(deps),
    ...holdRoutes(deps),
    ...grantRoutes(deps),
    ...standingRoutes(deps),
    ...intakeRoutes(deps),
    ...sessionRoutes(deps),
    ...deviceRoutes(deps),
    ...secondFactorRoutes(deps),
    ...peopleRoutes(deps),
    ...auditRoutes(deps),
    ...auditLogRoutes(deps),
    ...keyPlaceRoutes(deps),
    ...logBreakRoutes(deps),
    ...usageRoutes(deps),
    ...pastRoutes(deps),
    ...importRoutes(deps),
    ...comparisonRoutes(deps),
    ...transferListRoutes(deps),
    ...systemRoutes(deps),
    ...archiveCheckRoutes(deps),
    ...certificateRoutes(deps),
    ...ruleRoutes(deps),
    ...appraisalRoutes(deps),
    ...registerRoutes(deps),
    ...erasureRoutes(deps),
    ...fileFormRoutes(deps),
    ...scheduleFormRoutes(deps),
    ...scheduleRoutes(deps),
    ...termRoutes(deps),
    ...dueRoutes(deps),
    ...destructionRoutes(deps),
    ...logDestructionRoutes(deps),
    ...signalRoutes(deps),
    ...sampleRoutes(deps),
    ...accountReviewRoutes(deps),
    ...complianceReportRoutes(deps),
    ...evidenceRoutes(deps),
    ...receiptRoutes(deps),
    ...changeRoutes(deps),
    ...pageRoutes(deps),
  ];
}
