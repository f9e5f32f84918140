import { evidence } from './evidence.js';
import { past } from './past.js';
import { usage } from './usage.js';
import { archiveChecks } from './archive-checks.js';
import { auditProof, auditState } from './audit-state.js';
import { keyPlaces } from './key-places.js';
import { logBreaks } from './log-breaks.js';
import { logTerms } from './log-terms.js';
import { destructions } from './destructions.js';
import { browse, dossier, lateness } from './browse.js';
import { certifiedCopies } from './certified-copies.js';
import { disposition } from './disposition.js';
import { changes } from './changes.js';
import { connection } from './connection.js';
import { comparisons } from './comparisons.js';
import { errorCodes } from './errors.js';
import { gate } from './gate.js';
import { factor } from './factor.js';
import { find, list, searchable, searchIndex } from './find.js';
import { corrections } from './corrections.js';
import { deputies } from './deputies.js';
import { devices } from './devices.js';
import { grants } from './grants.js';
import { home } from './home.js';
import { holds } from './holds.js';
import { imports } from './imports.js';
import { arrange, batches, sentBack, takeIn } from './intake.js';
import { audit, help, matrix, people, policies, system } from './people.js';
import { departments, sessions, tokens } from './office.js';
import { due } from './due.js';
import { schedule } from './retention.js';
import { term } from './term.js';
import { lowerings } from './lowerings.js';
import { outside, siteVisits } from './on-site.js';
import { requests } from './requests.js';
import { oversight } from './oversight.js';
import { standing } from './standing.js';
import { privacyPages } from './privacy.js';
import { reading, readings, record } from './record.js';

/** Texts of the pages, one group per page. */
export const pages = {
  gate,
  home,
  find,
  list,
  searchable,
  searchIndex,
  record,
  reading,
  readings,
  requests,
  destructions,
  grants,
  corrections,
  deputies,
  devices,
  standing,
  takeIn,
  arrange,
  sentBack,
  batches,
  imports,
  comparisons,
  lowerings,
  disposition,
  holds,
  privacy: privacyPages,
  certifiedCopies,
  siteVisits,
  outside,
  changes,
  connection,
  browse,
  dossier,
  past,
  auditState,
  archiveChecks,
  keyPlaces,
  logBreaks,
  logTerms,
  auditProof,
  evidence,
  usage,
  oversight,
  lateness,
  people,
  departments,
  tokens,
  sessions,
  factor,
  matrix,
  policies,
  schedule,
  term,
  due,
  system,
  audit,
  help,
  errorCodes,
} as const;
