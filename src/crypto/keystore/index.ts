export { type KeystoreOptions, openKeystore } from './keystore.js';
export { KEK_STATES, type KekId, type KekInfo, type KekState, type Keystore, type KeystoreReport, type SigningKey } from './types.js';
