export { archivePrefix, objectKey, type ObjectPlace, parseObjectKey } from './paths.js';
export { DEFAULT_LOCK } from './port.js';
export type { ByteRange, ObjectEntry, ObjectRef, ObjectStat, ObjectStore } from './port.js';
export { JOURNAL } from './folder/journal.js';
export { forRequest } from './request.js';
export { openStore, type StoreConfig } from './open.js';
