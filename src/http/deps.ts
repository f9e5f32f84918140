import type { AccessControl, Policies } from '../access/index.js';
import type { Accounts } from '../accounts/index.js';
import type { Audit, LogRuns } from '../audit/index.js';
import type { ArchiveChecks } from '../checks/index.js';
import type { Config, Logger, WorkCalendar } from '../config/index.js';
import type { Keystore } from '../crypto/index.js';
import type { Db } from '../db/index.js';
import type { DocumentSigner } from '../documents/index.js';
import type { DispositionDeps } from '../disposition/index.js';
import type { HoldsDeps } from '../disposition/index.js';
import type { ExecutionDeps } from '../disposition/index.js';
import type { RequestsDeps } from '../requests/index.js';
import type { PrivacyDeps } from '../privacy/index.js';
import type { Painter } from '../extract/index.js';
import type { SearchDeps } from '../search/index.js';
import type { Imports, RecordsDeps, Rules } from '../records/index.js';
import type { Certificates, KeeperDeps } from '../vault/index.js';
import type { DueDeps, LogTermDeps } from '../disposition/index.js';
import type { EvidenceDesk } from '../evidence/index.js';
import type { ReportsDeps } from '../reports/index.js';

/** What the HTTP layer is given by `app`. */
export interface HttpDeps {
  config: Config;
  log: Logger;
  db: Db;
  audit: Audit;
  /** Verifications of the log that are started from a page. */
  logRuns: LogRuns;
  /** Verifications of the whole archive. */
  checks: ArchiveChecks;
  access: AccessControl;
  policies: Policies;
  keystore: Keystore;
  /** For the keepers of keys and objects. */
  keeper: KeeperDeps;
  certificates: Certificates;
  /** Signs documents in the archive's name: `signPdf(deps.signer, sheet, …)`. */
  signer: DocumentSigner;
  accounts: Accounts;
  /** Paints pages of files in a process without rights. */
  painter: Painter;
  /** Scheme and schedule over their life. */
  rules: Rules;
  records: RecordsDeps;
  privacy: PrivacyDeps;
  search: SearchDeps;
  /** Applications for reading. */
  requests: RequestsDeps;
  /** Carrying out destructions. */
  execution: ExecutionDeps;
  /** Appraisal and destruction. */
  disposition: DispositionDeps;
  /** Disposal holds. */
  holds: HoldsDeps;
  /** The end of the term of logs. */
  logTerms: LogTermDeps;
  imports: Imports;
  /** Terms and what is due. */
  due: DueDeps;
  /** Signals, samples, the monthly report. */
  reports: ReportsDeps;
  /** Evidence packs. */
  evidence: EvidenceDesk;
  /** Folder of the mappings that the project ships. */
  mappings: string;
  /** When people work here. */
  hours: () => WorkCalendar;
  now: () => Date;
  /** Whether this is a demo archive: said on every page. */
  demo: boolean;
  /** Version of the program, shown in the footer and the API description. */
  version: string;
  ready(): Promise<{ ok: boolean; parts: Record<string, boolean> }>;
}
