import { availableParallelism, cpus, totalmem } from 'node:os';
import { freeBuffersAtOnce } from '../../src/config/index.js';
import { benchApi } from './api.js';
import type { Bench } from './bench.js';
import { benchChecks } from './checks.js';
import { benchCatalogue } from './catalogue.js';
import { benchDestruction } from './destruction.js';
import { benchExtract } from './extract.js';
import { benchGrants } from './grants.js';
import { benchImport } from './import.js';
import { benchLog } from './log.js';
import { benchLongLog } from './long-log.js';
import { benchMeilisearch } from './meilisearch.js';
import { benchPublished } from './published.js';
import { benchReading } from './reading.js';
import { benchRetention } from './retention.js';
import { benchRewrap } from './rewrap.js';
import { benchSealing } from './sealing.js';
import { benchSearch } from './search.js';
import { benchUpload } from './upload.js';

/** Every bench by its name: `npm run bench` runs all, `npm run bench sealing reading` some. */
const BENCHES: Record<string, Bench> = {
  sealing: benchSealing,
  upload: benchUpload,
  reading: benchReading,
  api: benchApi,
  import: () => benchImport(),
  catalogue: benchCatalogue,
  checks: benchChecks,
  extract: benchExtract,
  meilisearch: benchMeilisearch,
  search: benchSearch,
  grants: benchGrants,
  log: benchLog,
  'long-log': benchLongLog,
  retention: benchRetention,
  rewrap: benchRewrap,
  destruction: benchDestruction,
  published: benchPublished,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`no such bench: ${unknown.join(', ')}; there are: ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}
console.log(`Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB`);
freeBuffersAtOnce(); // as the program does
let missed = 0;
for (const [name, bench] of Object.entries(BENCHES)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  for (const figure of await bench()) {
    if (!figure.reached) missed++;
    console.log(`${figure.reached ? '✓' : '✗'} ${figure.what}: ${figure.value.toFixed(2)} ${figure.unit} (${figure.reach}) — ${figure.detail}`);
  }
}
if (missed > 0) process.exitCode = 1;
