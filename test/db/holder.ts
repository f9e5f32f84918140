/** A process for the tests to kill: holds a folder's lock, or runs its PostgreSQL, and says so in one line. */
import { lockFolder, startEmbedded } from '../../src/db/index.js';

const [, , what, folder = ''] = process.argv;
if (what === 'lock') console.log((await lockFolder(folder, 'serve')) ? 'held' : 'refused');
else console.log((await startEmbedded({ dataDir: folder, durable: false })).appUrl);
setInterval(() => undefined, 1_000);
