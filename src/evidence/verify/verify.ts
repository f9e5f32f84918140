import { createHash, X509Certificate, type KeyObject } from 'node:crypto';
import { checkProof, commitmentTo, readEntry, readKeys, type Entry } from '../../audit/index.js';
import { canonicalJson, openTimestamp } from '../../crypto/index.js';
import { fingerprintOf } from '../../documents/index.js';
import { packPaths } from '../pack/manifest.js';
import { checkDocument } from './document.js';
import { manifestForm, type ManifestForm } from './form.js';
import { checkGone } from './gone.js';
import { checkHeads, compareOutside, type Head } from './heads.js';
import type { PackSource } from './source.js';
import type { PackFault, PackOptions, PackReport } from './types.js';

const archiveOf = (origin: string): string => origin.slice(0, origin.lastIndexOf('/'));
const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
const PLACE = /^entries\/(\d{4}[b-z]?)\/(\d{12})\.json$/;
/** Files that the list of digests does not name: itself, and what names it. */
const ABOVE: ReadonlySet<string> = new Set([packPaths.sums, packPaths.manifest, packPaths.document]);

/** Verifies a pack with nothing but itself and what is given: no database, no network, no secret. */
export async function verifyEvidence(source: PackSource, options: PackOptions = {}): Promise<PackReport> {
  const report: PackReport = {
    whole: false,
    number: '',
    entries: 0,
    checkpoints: 0,
    stamps: 0,
    files: source.names().length,
    logs: [],
    gone: [],
    elsewhere: [],
    faults: [],
  };
  const { faults } = report;
  const json = await source.read(packPaths.manifest);
  const manifest = json && manifestIn(json);
  if (!json || !manifest) {
    faults.push({ kind: 'manifest', file: packPaths.manifest });
    return report;
  }
  report.number = manifest.number;
  faults.push(...(await checkSums(source, manifest)));
  const keyOf = await keysOf(source, options.keys, faults);
  const heads = await checkHeads(source, manifest, keyOf, faults);
  report.logs = manifest.logs.map(({ log, entries, heads: all }) => ({ log, entries, size: all.at(-1)?.size ?? '', stamped: null, kept: [] }));
  report.checkpoints = [...heads.values()].reduce((sum, one) => sum + one.size, 0);
  await checkEntries(source, manifest, heads, keyOf, report);
  await checkGone(source, manifest, keyOf, heads, report);
  await checkRules(source, manifest, faults);
  await checkStamps(source, manifest, heads, options.timestamps ?? [], report);
  compareOutside(options.outside ?? [], keyOf, heads, report);
  await checkPaper(source, manifest, json, options.authorities, faults);
  report.whole = faults.length === 0;
  return report;
}

function manifestIn(json: Buffer): ManifestForm | undefined {
  try {
    const value: unknown = JSON.parse(json.toString('utf8'));
    const read = manifestForm.safeParse(value);
    return read.success && canonicalJson(read.data) === json.toString('utf8') ? read.data : undefined;
  } catch {
    return undefined;
  }
}

async function checkSums(source: PackSource, manifest: ManifestForm): Promise<PackFault[]> {
  const list = await source.read(packPaths.sums);
  if (!list || `sha256:${sha256(list)}` !== manifest.sums) return [{ kind: 'manifest', file: packPaths.sums }];
  const faults: PackFault[] = [];
  const named = new Set<string>();
  for (const line of list.toString('utf8').split('\n').slice(0, -1)) {
    const name = line.slice(66);
    named.add(name);
    const bytes = await source.read(name);
    if (bytes === undefined) faults.push({ kind: source.names().includes(name) ? 'unreadable' : 'missing', file: name });
    else if (sha256(bytes) !== line.slice(0, 64)) faults.push({ kind: 'sums', file: name });
  }
  for (const name of source.names()) if (!named.has(name) && !ABOVE.has(name) && !name.endsWith('/')) faults.push({ kind: 'extra', file: name });
  return faults;
}

async function keysOf(source: PackSource, given: string | undefined, faults: PackFault[]): Promise<(origin: string) => KeyObject | undefined> {
  const inside = (await source.read(packPaths.verifierKeys))?.toString('utf8') ?? '';
  try {
    const keys = readKeys(given ?? inside);
    // the key of an archive is the same for all its years
    return (origin) => keys.get(origin) ?? [...keys].find(([name]) => archiveOf(name) === archiveOf(origin))?.[1];
  } catch {
    faults.push({ kind: 'key', file: packPaths.verifierKeys });
    return () => undefined;
  }
}

async function checkEntries(
  source: PackSource,
  manifest: ManifestForm,
  heads: ReadonlyMap<string, ReadonlyMap<bigint, Head>>,
  keyOf: (origin: string) => KeyObject | undefined,
  report: PackReport,
): Promise<void> {
  const counts = new Map<string, number>();
  const rules = new Set(manifest.rules.map((one) => one.digest));
  for (const file of source.names()) {
    const [, log = '', digits = ''] = PLACE.exec(file) ?? [];
    if (log === '') continue;
    const place = { log, sequence: BigInt(digits) };
    const bytes = await source.read(file);
    if (!bytes) continue; // told above
    counts.set(log, (counts.get(log) ?? 0) + 1);
    const entry = readEntry(bytes.toString('utf8'));
    if (!entry || !isChosen(entry, log, manifest)) report.faults.push({ kind: 'entry', file });
    const origin = manifest.logs.find((one) => one.log === log)?.origin ?? '';
    if (!(await isProven(source, place, bytes, origin, keyOf(origin), heads.get(log)))) report.faults.push({ kind: 'proof', file: packPaths.proof(place) });
    if (!entry) continue;
    const rule = entry.policy?.split('@').at(-1);
    if (manifest.kind !== 'receipt' && rule?.startsWith('sha256:') && !rules.has(rule)) report.faults.push({ kind: 'rule', file });
    const side = await source.read(packPaths.side(place));
    if (side && !fitsSide(side, entry)) report.faults.push({ kind: 'side', file: packPaths.side(place) });
  }
  report.entries = [...counts.values()].reduce((sum, one) => sum + one, 0);
  const fits = manifest.logs.every((one) => counts.get(one.log) === one.entries) && report.entries === manifest.entries;
  if (!fits) report.faults.push({ kind: 'count', file: packPaths.manifest });
}

function isChosen(entry: Entry, log: string, { choice }: ManifestForm): boolean {
  if (entry.t < choice.from || entry.t >= choice.to || entry.t.slice(0, 4) !== log.slice(0, 4)) return false;
  const lists = [choice.actors, choice.subjects, choice.records];
  if (lists.every((one) => one.length === 0)) return true;
  const record = entry.subject.kind === 'record' ? entry.subject.id : entry.facts?.['record'];
  return choice.actors.includes(entry.actor) || choice.subjects.includes(entry.subject.id) || (typeof record === 'string' && choice.records.includes(record));
}

async function isProven(
  source: PackSource,
  place: { log: string; sequence: bigint },
  bytes: Buffer,
  origin: string,
  key: KeyObject | undefined,
  heads: ReadonlyMap<bigint, Head> | undefined,
): Promise<boolean> {
  const text = (await source.read(packPaths.proof(place)))?.toString('utf8');
  const checked = text === undefined || !key ? undefined : checkProof(text, bytes, origin, key);
  // under one of the heads inside, to which stamps and consistency speak
  return checked !== undefined && checked.sequence === place.sequence && text !== undefined && text.endsWith(`\n\n${heads?.get(checked.size)?.note ?? '\0'}`);
}

function fitsSide(bytes: Buffer, entry: Entry): boolean {
  try {
    const side = JSON.parse(bytes.toString('utf8')) as { blind: string; values: Record<string, string> };
    return typeof side.blind === 'string' && commitmentTo(side) === entry.side;
  } catch {
    return false;
  }
}

async function checkRules(source: PackSource, manifest: ManifestForm, faults: PackFault[]): Promise<void> {
  for (const { file, digest } of manifest.rules) {
    const bytes = await source.read(file);
    if (!bytes || `sha256:${sha256(bytes)}` !== digest) faults.push({ kind: 'rule', file });
  }
}

async function checkStamps(
  source: PackSource,
  manifest: ManifestForm,
  heads: ReadonlyMap<string, ReadonlyMap<bigint, Head>>,
  roots: readonly string[],
  report: PackReport,
): Promise<void> {
  if (roots.length === 0) return;
  for (const { log, heads: all } of manifest.logs)
    for (const { size, stamp } of all) {
      if (!stamp) continue;
      const opened = openTimestamp((await source.read(stamp.file)) ?? Buffer.alloc(0), roots);
      const note = heads.get(log)?.get(BigInt(size))?.note;
      if (!opened || note === undefined || !createHash('sha256').update(note).digest().equals(opened.digest)) {
        report.faults.push({ kind: 'timestamp', file: stamp.file });
        continue;
      }
      report.stamps++;
      const one = report.logs.find((each) => each.log === log);
      if (one) one.stamped = { size, at: opened.at.toISOString() };
    }
}

async function checkPaper(source: PackSource, manifest: ManifestForm, json: Buffer, given: readonly string[] | undefined, faults: PackFault[]): Promise<void> {
  if (manifest.kind === 'receipt') return;
  const pdf = await source.read(packPaths.document);
  const found = pdf ? checkDocument(pdf, json, given ?? (await authoritiesIn(source))) : 'document';
  if (found !== 'fits') faults.push({ kind: found, file: packPaths.document });
}

async function authoritiesIn(source: PackSource): Promise<string[]> {
  const found: string[] = [];
  for (const name of source.names().filter((one) => /^keys\/documents-authority-\d+\.pem$/.test(one))) {
    try {
      found.push(fingerprintOf(new X509Certificate((await source.read(name)) ?? '')));
    } catch {
      // what is no certificate is nobody's
    }
  }
  return found;
}
