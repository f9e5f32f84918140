export { begin, type BeginInput } from './begin.js';
export { carry, type Carried, carryOn } from './carry.js';
export type { CertificateData } from './certificate/data.js';
export { clearUnlocked } from './clear.js';
export type { DestructionIndex, ExecutionDeps } from './deps.js';
export { isBehindLedger, type Replayed, replayLedger } from './replay.js';
export { settle } from './settle.js';
export {
  CERTIFICATE_KINDS,
  type CertificateKind,
  COPY_STATES,
  type CopyState,
  OBSTACLES,
  type Obstacle,
  type Step,
  STEP_STATES,
  type StepState,
  STEPS,
} from './values.js';
export { witness } from './witness.js';
export {
  type CertificateView as DestructionCertificate,
  type DestructionItem,
  type DestructionSummary,
  type DestructionView,
  listCertificates as listDestructionCertificates,
  listDestructionItems,
  listDestructions,
  openCertificate as openDestructionCertificate,
  retry as retryDestruction,
  viewDestruction,
} from './view.js';
export { registersOf } from './tombstone.js';
export type { RecordRegister } from './view-store.js';
export { type CertificateFault, formatIn, type SignedCertificate } from './certificate/signed.js';
export { type VerifiedCertificate, verifyCertificate } from './certificate/verify.js';
export { type Canary, canaryDraft, canaryOf, newCanary } from './canary/canary.js';
export type { CanaryReport } from './canary/look.js';
export type { RawPlace } from './canary/raw-files.js';
