import { generateKeyPairSync, hash } from 'node:crypto';
import { Edge, TILE } from '../../src/audit/log/tiles.js';
import { signCheckpoint, verifierKey } from '../../src/audit/log/note.js';
import { BYTES, leafHash, type Hash } from '../../src/audit/log/tree.js';
import { verifyPublished, type LogSource } from '../../src/audit/index.js';
import { encodeBundle, endsIn, leafAt, leavesIn } from '../../src/audit/publish/bundle.js';
import { checkpointPath, partPath } from '../../src/audit/publish/layout.js';
import { canonicalJson } from '../../src/crypto/index.js';
import { costs, median, MiB, type Figure } from './bench.js';

/** Entries hashed and verified; `LANTAI_BENCH_PUBLISHED` changes it. */
const ENTRIES = Number(process.env['LANTAI_BENCH_PUBLISHED'] ?? 1_000_000);
const ORIGIN = 'lantai/bench/audit/2026';

/** An entry of the usual size: about 600 bytes. */
function entry(i: number): string {
  const id = `018f0000-0000-7000-8000-${String(i).padStart(12, '0')}`;
  const first = i === 0;
  return canonicalJson({
    v: 1,
    id,
    t: '2026-01-01T00:00:00.000Z',
    blind: 'AAAAAAAAAAAAAAAAAAAAAA',
    actor: `p-${String(i % 977).padStart(12, '0')}`,
    role: ['agent'],
    department: 'hotline',
    act: first ? 'log.open' : 'reading.view.begin',
    subject: first ? { kind: 'log', id: '2026' } : { kind: 'record', id },
    purpose: 'solve',
    decision: 'allow',
    policy: 'default@3f2a9c',
    request: id,
    facts: first ? { previous: null } : { reading: id, record: id, access: id, object: id, start: 0, end: 51_234 },
  });
}

/** Bundles that differ; the log repeats them, so that entries need not be made while it is measured. */
const DIFFERENT = 64;

/** More than whoever reads asks for ahead. */
const RING = 64;

interface Made {
  source: LogSource;
  bundles: string[];
  /** Resident memory at its highest, in bytes, looked at while files are read: nothing else gets its turn meanwhile. */
  peak: { bytes: number };
}

/** A published log whose entries and hashes lie in memory, each bundle copied as if it had been read. */
function madeLog(): Made {
  const keys = generateKeyPairSync('ed25519');
  const edge = new Edge();
  const files = new Map<string, Buffer>();
  const opening = encodeBundle(Array.from({ length: TILE }, (_, i) => entry(i)));
  const others = Array.from({ length: DIFFERENT }, (_, n) => encodeBundle(Array.from({ length: TILE }, (_, i) => entry((n + 1) * TILE + i))));
  const bundleAt = (n: number): Buffer => (n === 0 ? opening : (others[n % DIFFERENT] as Buffer));
  const hashes = new Map<Buffer, Hash[]>(
    [opening, ...others].map((one) => [one, (leavesIn(Buffer.from(one)) ?? []).map((leaf) => leafHash(leaf.subarray(1)))]),
  );
  const count = Math.floor(ENTRIES / TILE);
  for (let n = 0; n < count; n++) {
    for (const leaf of hashes.get(bundleAt(n)) ?? [])
      for (const tile of edge.append(leaf)) files.set(`2026/${partPath({ level: tile.level, index: tile.index, width: TILE })}`, tile.hashes);
  }
  for (let level = 1; level < 8; level++) {
    const open = edge.openAt(level);
    if (open.length > 0) files.set(`2026/${partPath({ level, index: edge.size >> BigInt(8 * (level + 1)), width: open.length })}`, Buffer.concat(open));
  }
  const note = signCheckpoint({ origin: ORIGIN, size: edge.size, root: edge.root() }, keys);
  files.set(`2026/${checkpointPath(edge.size)}`, Buffer.from(note));
  files.set('verifier-keys', Buffer.from(`${verifierKey(ORIGIN, keys.publicKey)}\n`));
  const bundles = Array.from({ length: count }, (_, n) => `2026/${partPath({ level: 'entries', index: BigInt(n), width: TILE })}`);
  const places = new Map(bundles.map((path, n) => [path, n]));
  const peak = { bytes: 0 };
  let reads = 0;
  // a copy in memory that is there already: new memory costs as much as hashing what is put there
  const ring = Array.from({ length: RING }, () => Buffer.alloc(Math.max(...[opening, ...others].map((one) => one.length))));
  const source: LogSource = {
    logs: () => Promise.resolve(['2026']),
    list: (path) => Promise.resolve(path === '2026/checkpoints' ? [checkpointPath(edge.size).slice(12)] : []),
    read(path) {
      if (++reads % 512 === 0) peak.bytes = Math.max(peak.bytes, process.memoryUsage.rss());
      const n = places.get(path);
      if (n === undefined) return Promise.resolve(files.get(path));
      const memory = ring[reads % ring.length] as Buffer;
      return Promise.resolve(memory.subarray(0, bundleAt(n).copy(memory)));
    },
  };
  return { source, bundles, peak };
}

/** Each of the three is measured so often, in turns: others may be at work on the machine. Once over a long log. */
const ROUNDS = ENTRIES > 2_000_000 ? 1 : 5;

/** Verifying a published log against hashing the same entries alone, the same way; reading them is taken off both. */
export async function benchPublished(): Promise<Figure[]> {
  const { source, bundles, peak } = madeLog();
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  const read = async (each: (bundle: Buffer) => void): Promise<void> => {
    for (const path of bundles) each((await source.read(path)) as Buffer);
  };
  // the quickest way to hash them that there is here, which verifying takes too: no list of them, digests as strings of bytes
  const ends = new Uint32Array(TILE);
  const hashed = (): Promise<void> =>
    read((bundle) => {
      const count = endsIn(bundle, ends);
      for (let i = 0; i < count; i++) hash('sha256', leafAt(bundle, ends, i), BYTES);
    });
  let whole = true;
  const verified = async (): Promise<void> => {
    whole &&= (await verifyPublished(source)).whole;
  };
  const spent: { hashing: number; verifying: number }[] = [];
  if (ROUNDS > 1) await verified(); // for warming up
  for (let round = 0; round < ROUNDS; round++) {
    const reading = await costs(() => read(() => undefined));
    const hashing = await costs(hashed);
    const verifying = await costs(verified);
    spent.push({ hashing: hashing.cpu - reading.cpu, verifying: verifying.cpu - reading.cpu });
  }
  const grown = (peak.bytes - before) / MiB;
  if (!whole) throw new Error('the log that was made does not verify');
  const ratios = spent.map((one) => one.hashing / one.verifying);
  const per = (pick: (one: { hashing: number; verifying: number }) => number): string => `${((median(spent.map(pick)) / ENTRIES) * 1e6).toFixed(2)} µs`;
  return [
    {
      what: `verifying ${ENTRIES.toLocaleString('en')} published entries, of hashing them alone`,
      value: median(ratios),
      unit: 'of the speed',
      reach: '≥ 0.5',
      reached: median(ratios) >= 0.5,
      detail: `an entry: hashing ${per((one) => one.hashing)}, verifying ${per((one) => one.verifying)} of processor time; in turns ${ratios.map((one) => one.toFixed(2)).join(', ')}`,
    },
    {
      what: 'memory meanwhile, above what the made log takes',
      value: grown,
      unit: 'MiB',
      reach: '≤ 300',
      reached: grown <= 300,
      detail: 'resident, at its highest',
    },
  ];
}
