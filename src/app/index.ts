export { openArchive, projectPath, workingHours } from './archive.js';
export type { Archive, OpenOptions } from './archive.js';
export { publishAndStamp, publishing, publishLast } from './log.js';
export { pastOf } from './past.js';
export { certificatesIn } from './pem.js';
export { serve } from './serve.js';
export type { ServeOptions, Serving } from './serve.js';
export { keeper, regularTasks } from './tasks.js';
