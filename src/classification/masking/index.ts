export { findPersonalData, PERSONAL_DATA_KINDS } from './find.js';
export type { Finding, PersonalDataKind } from './find.js';
export { maskClient, maskEmail, maskName, maskNumber, maskPhone, maskText } from './mask.js';
export type { Masked } from './mask.js';
export { isBankCard, isResidentId, residentCheck } from './checks.js';
