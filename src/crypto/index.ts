export { canonicalJson } from './canonical-json.js';
export {
  type CertificateInput,
  type CmsInput,
  detachedCms,
  issueCertificate,
  type Name,
  openTimestamp,
  pem,
  type Timestamp,
  timestampRequest,
  readCms,
} from './certificates/index.js';
export { plainSize, sealedSize, SUITE } from './cobblestone.js';
export { objectContext, type ObjectIds, uuidBytes, uuidText } from './context.js';
export { openField, sealField } from './field.js';
export {
  KEK_STATES,
  type KekId,
  type KekInfo,
  type KekState,
  type Keystore,
  type KeystoreOptions,
  type KeystoreReport,
  openKeystore,
  type SigningKey,
} from './keystore/index.js';
export { openBuffer, type OpenOptions, openRange, readSealed, sealedRanges, type SealedReads } from './open.js';
export { seal, sealBuffer, type SealOptions, type Sealing } from './seal.js';
export { rewrapKey, unwrapKey, wrapKey } from './wrap.js';
export { randomSupply } from './random-supply.js';
