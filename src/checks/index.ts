export { percentUp, upperBound } from './bound.js';
export { ArchiveChecks } from './checks.js';
export type { CheckInput, CheckView } from './checks.js';
export type { ChecksDeps } from './deps.js';
export { objectOwners } from './parts/objects-store.js';
export { ORPHAN_AGE } from './parts/stored.js';
export type { CheckResult, CheckRow, FaultRow } from './store.js';
export { CHECK_FAULTS, PARTS, SAMPLE_LIMITS } from './values.js';
export type { CheckFault, Counts, NewFault, PartCount, PartName } from './values.js';
