export { FILE_FLAGS, HEAD_BYTES, inspectFile, lateFlags, TAIL_BYTES } from './inspect.js';
export type { FileFlag, Inspected } from './inspect.js';
export { cleanName, extensionOf, NAME_POINTS } from './names.js';
export type { CleanName } from './names.js';
export { inspectStream } from './stream.js';
export type { InspectedStream } from './stream.js';
