export { isBound } from './bind.js';
export { type Certificates, type CertificatesDeps, type CertificateView, createCertificates } from './certificates/index.js';
export { type Inspected, type InspectInput, inspectionKeys, inspectObjects, OBJECT_FAULTS, type ObjectFault } from './inspect.js';
export { checkKeys, type KeysCheck } from './keys/check.js';
export {
  destroyKeks,
  type DestructionCause,
  findDestruction as findKeyDestruction,
  forgetKeys,
  type KeyDestruction,
  nameForDestruction,
  rewrapSurvivors,
  snapshotKeys,
} from './keys/destroy/index.js';
export { lockWraps } from './keys/lock-wraps.js';
export { isBehindKeyTable, restoreKeyTable, type RestoredKeys } from './keys/restore.js';
export { rotateKeys, type RotateReport } from './keys/rotate.js';
export { CONFIRMED_DAYS, decidePlaceEnd, forgetPlace, listPlaceEnds, type PlaceEndView, proposePlaceEnd } from './keys/places/ends.js';
export { type KeyPlace, listPlaces, missingPlaces } from './keys/places/places.js';
export { PLACE_FATES, type PlaceFate } from './keys/places/store.js';
export { type BucketStatus, keysStatus, type KeysStatus } from './keys/status.js';
export { type StorageStatus, storageStatus } from './storage-status.js';
export { sweepOrphans, type SweepInput, type SweepReport } from './sweep-orphans.js';
export { openSystemReading, type SystemReading, type SystemReadingDeps, type SystemReadingInput } from './system-reading.js';
export type { Damage, DamageKind, KeeperDeps, ObjectFacts, Opened, Sealed, SealedFacts, Staged, StageInput, Stored, VaultDeps, VaultRight } from './types.js';
export { createVault, type Vault } from './vault.js';
export { verifyObject, verifyObjects, type VerifyInput, type VerifyReport } from './verify-objects.js';
