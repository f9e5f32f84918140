import type { HttpDeps } from '../../deps.js';
import type { Route } from '../../route.js';
import { archiveCheckPages } from './archive-checks.js';
import { changePages } from './changes.js';
import { comparisonPages } from './comparisons.js';
import { gatePages } from './gate.js';
import { goPages } from './go.js';
import { correctionPages } from './corrections.js';
import { deputyPages } from './deputies.js';
import { destructionPages } from './destructions.js';
import { grantPages } from './grants.js';
import { homePages } from './home.js';
import { importPages } from './imports.js';
import { intakePages } from './intake.js';
import { appraisalPages } from './appraisals.js';
import { registerPages } from './registers.js';
import { dispositionFilePages } from './disposition-files.js';
import { loweringPages } from './lowerings.js';
import { logDestructionPages } from './log-destructions.js';
import { listPages } from './list.js';
import { officePages } from './office.js';
import { holdPages } from './holds.js';
import { privacyPageRoutes } from './privacy.js';
import { readingPages } from './readings.js';
import { recordPages } from './records.js';
import { certifiedCopyPages } from './certified-copies.js';
import { outsidePages } from './outside.js';
import { onSitePages } from './on-site.js';
import { siteVisitPages } from './site-visits.js';
import { requestApplyPages } from './request-apply.js';
import { requestListPages } from './request-lists.js';
import { requestPages } from './requests.js';
import { searchPages } from './search.js';
import { signOnPages } from './sign-on.js';
import { pastPages } from './past.js';
import { standingPages } from './standing.js';
import { usagePages } from './usage.js';
import { evidencePages } from './evidence.js';
import { compliancePages } from './compliance.js';
import { accountReviewPages } from './account-review.js';
import { samplePages } from './samples.js';
import { signalPages } from './signals.js';
import { shelfPages } from './browse.js';

/** Every page; fixed paths stand before those with an id in the same place. */
export function pageRoutes(deps: HttpDeps): Route[] {
  return [
    ...gatePages(deps),
    ...archiveCheckPages(deps),
    ...homePages(deps),
    ...searchPages(deps),
    ...intakePages(deps),
    ...loweringPages(deps),
    ...dispositionFilePages(deps),
    ...appraisalPages(deps),
    ...registerPages(deps),
    ...privacyPageRoutes(deps),
    ...holdPages(deps),
    ...listPages(deps),
    ...certifiedCopyPages(deps),
    ...onSitePages(deps),
    ...siteVisitPages(deps),
    ...outsidePages(deps),
    ...requestListPages(deps),
    ...requestApplyPages(deps),
    ...correctionPages(deps),
    ...deputyPages(deps),
    ...requestPages(deps),
    ...grantPages(deps),
    ...standingPages(deps),
    ...recordPages(deps),
    ...readingPages(deps),
    ...shelfPages(deps),
    ...officePages(deps),
    ...usagePages(deps),
    ...pastPages(deps),
    ...destructionPages(deps),
    ...logDestructionPages(deps),
    ...signalPages(deps),
    ...samplePages(deps),
    ...accountReviewPages(deps),
    ...compliancePages(deps),
    ...evidencePages(deps),
    ...changePages(deps),
    ...signOnPages(deps),
    ...goPages(deps),
    ...importPages(deps),
    ...comparisonPages(deps),
  ];
}
