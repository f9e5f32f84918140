import { access } from './access.js';
import { accounts } from './accounts.js';
import { audit } from './audit.js';
import { checks } from './checks.js';
import { cli } from './cli.js';
import { common } from './common.js';
import { dispositionForms } from './disposition-forms.js';
import { documents } from './documents.js';
import { evidence } from './evidence.js';
import { errors, fieldErrors } from './errors.js';
import { execution } from './execution.js';
import { extract } from './extract.js';
import { imports } from './imports.js';
import { intake } from './intake.js';
import { logCertificate } from './log-certificate.js';
import { pages } from './pages/index.js';
import { privacy } from './privacy.js';
import { publishedLog } from './published-log.js';
import { reports } from './reports.js';
import { retention } from './retention.js';
import { search } from './search.js';
import { ui } from './ui.js';
import { fields, values } from './values.js';

/** Chinese, the source of shape. One file per module; every module's phrases are registered here and in `../en`. */
export const zh = {
  access,
  accounts,
  audit,
  checks,
  cli,
  common,
  dispositionForms,
  documents,
  errors,
  evidence,
  execution,
  extract,
  fieldErrors,
  fields,
  imports,
  intake,
  logCertificate,
  pages,
  privacy,
  publishedLog,
  reports,
  retention,
  search,
  ui,
  values,
} as const;
