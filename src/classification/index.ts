export * from './values.js';
export {
  addPeriod,
  compareDays,
  daysInMonth,
  dayOf,
  endOf,
  formatDay,
  isLeapYear,
  isPermanent,
  isTimeZone,
  LAST_DAY,
  parseDay,
  PERMANENT,
  startOf,
} from './calendar/index.js';
export type { Day, Period } from './calendar/index.js';
export { allocateCodes } from './allocate-codes.js';
export type { CodesWanted } from './allocate-codes.js';
export { archivalCode, filingYear, patternFault, seriesName, termCode } from './archival-code.js';
export type { CodeParts } from './archival-code.js';
export { condition, fieldPath, holds, isPresent, valuesAt } from './condition.js';
export type { Condition, Found } from './condition.js';
export { checkDisclosure, DISCLOSURE_BASES, DISCLOSURE_DEMANDS, DISCLOSURE_LENGTHS } from './disclosure.js';
export type { Disclosure, DisclosureBasis, DisclosureDemand, DisclosureInput } from './disclosure.js';
export { checkForm, formsOf } from './form.js';
export type { DraftLike } from './form.js';
export { loadScheme, loadSchemes, parseScheme } from './load-scheme.js';
export type { SchemeSet } from './load-scheme.js';
export * from './masking/index.js';
export { defaultSensitivity, formatCode, purposesOf, scopeOf, sensitiveFlags, seriesOf } from './rules.js';
export type { CodeInput } from './rules.js';
export { bilingual } from './scheme.js';
export type { Bilingual, FormContent, Scheme, SchemeContent } from './scheme.js';
export { timeClass } from './time-class.js';
export { loadVersioned, parseVersioned } from './versioned-files.js';
export type { Versioned, VersionedSet } from './versioned-files.js';
export * from './working-days/index.js';
