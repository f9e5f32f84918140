import { createHash } from 'node:crypto';
import {
  type Choice,
  type ChosenHead,
  commitmentTo,
  consistencyText,
  type GoneShown,
  headsFor,
  type Place,
  provenEntries,
  verifierKey,
} from '../../audit/index.js';
import { canonicalJson } from '../../crypto/index.js';
import type { ZipEntry } from '../../documents/index.js';
import type { EvidenceDeps } from '../deps.js';
import type { RuleInForce } from '../store.js';
import { PACK_FORM } from '../values.js';
import { goneFiles, manifestGone } from './gone.js';
import { type Manifest, type ManifestLog, packPaths } from './manifest.js';

/** What is put into a pack. */
export interface PackPlan {
  kind: Manifest['kind'];
  number: string;
  at: Date;
  choice: Choice;
  subject: Manifest['subject'];
  /** Pseudonym whose side rows come along; `null`: none do. */
  sidesOf: string | null;
  places: readonly Place[];
  /** What stays of logs whose entries of that time are gone. */
  gone: readonly GoneShown[];
  rules: readonly RuleInForce[];
  /** Makes the signed document; receipts have none. */
  paper: ((manifest: Manifest, json: Buffer) => Promise<Buffer>) | null;
  /** Told how many entries are written; it throws to stop. */
  tell: (done: number) => Promise<void>;
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
/** Entries between two words of progress. */
const STEP = 200;

/** The files of a pack, one after the other; nothing is held but the list of digests and a batch of entries. `told` gets the manifest. */
export async function* packFiles(deps: EvidenceDeps, plan: PackPlan, told: (manifest: Manifest) => void): AsyncGenerator<ZipEntry> {
  const sums: string[] = [];
  const file = (name: string, content: string | Buffer): ZipEntry => {
    sums.push(`${sha256(content)}  ${name}\n`);
    return { name, content: [content] };
  };
  const logs: ManifestLog[] = [];
  let done = 0;
  for (const log of new Set(plan.places.map((one) => one.log))) {
    const sequences = plan.places.filter((one) => one.log === log).map((one) => one.sequence);
    const heads = await headsFor(chosenDeps(deps), log, sequences);
    logs.push(manifestLog(deps, log, sequences.length, heads));
    for (const one of await headFiles(deps, log, heads)) yield file(...one);
    for await (const one of provenEntries(chosenDeps(deps), log, sequences, heads)) {
      yield file(packPaths.entry(one), one.canonical);
      yield file(packPaths.proof(one), one.proof);
      if (one.side !== null && plan.sidesOf !== null && isBy(one.canonical, plan.sidesOf, commitmentTo(one.side)))
        yield file(packPaths.side(one), canonicalJson(one.side));
      if (++done % STEP === 0) await plan.tell(done);
    }
  }
  await plan.tell(done);
  const gone = plan.gone.map((one) => manifestGone(one, deps.audit.originOf(one.log)));
  for (const one of plan.gone) yield* goneFiles(one, (name, digest) => sums.push(`${digest}  ${name}\n`));
  for (const one of plan.rules) yield file(packPaths.rule(one.kind, one.name), ruleText(one));
  for (const one of await keyFiles(deps, [...logs, ...gone])) yield file(...one);
  for (const one of await deps.verifiers()) yield file(packPaths.program(one.name), one.content);
  const list = sums.join('');
  const manifest = manifestOf(deps, plan, { logs, ...(gone.length > 0 ? { gone } : {}), entries: done, sums: `sha256:${sha256(list)}` });
  told(manifest);
  const json = Buffer.from(canonicalJson(manifest));
  yield { name: packPaths.sums, content: [list] };
  yield { name: packPaths.manifest, content: [json] };
  if (plan.paper) yield { name: packPaths.document, content: [await plan.paper(manifest, json)] };
}

/** The text that a rule's digest is of. Rule files are kept with their name and digest, which are not under it. */
function ruleText({ canonical, digest }: RuleInForce): string {
  if (`sha256:${sha256(canonical)}` === digest) return canonical;
  const { digest: _digest, name: _name, ...content } = JSON.parse(canonical) as Record<string, unknown>;
  return canonicalJson(content);
}

const chosenDeps = ({ db, store, keystore }: EvidenceDeps) => ({ db, store, archiveId: keystore.archiveId, keystore });

/** Only what the chosen person left beside his own entries, and only where it is what the entry is bound to. */
function isBy(canonical: string, pseudonym: string, commitment: string): boolean {
  const { actor, side } = JSON.parse(canonical) as { actor: string; side?: string };
  return actor === pseudonym && side === commitment;
}

function manifestLog(deps: EvidenceDeps, log: string, entries: number, heads: readonly ChosenHead[]): ManifestLog {
  return {
    log,
    origin: deps.audit.originOf(log),
    entries,
    heads: heads.map(({ size, stamp }) => ({
      size: String(size),
      stamp: stamp && { file: packPaths.timestamp(log, stamp.name), at: stamp.at.toISOString() },
    })),
  };
}

async function headFiles(deps: EvidenceDeps, log: string, heads: readonly ChosenHead[]): Promise<[string, string | Buffer][]> {
  const files: [string, string | Buffer][] = [];
  for (const [i, head] of heads.entries()) {
    files.push([packPaths.checkpoint(log, head.size), head.note]);
    if (head.stamp) files.push([packPaths.timestamp(log, head.stamp.name), head.stamp.bytes]);
    const before = heads[i - 1];
    if (before) files.push([packPaths.consistency(log, before.size, head.size), await consistencyText(deps.db, log, before.size, head)]);
  }
  return files;
}

/** Public keys, and since when each holds. */
async function keyFiles(deps: EvidenceDeps, logs: readonly Pick<ManifestLog, 'log' | 'origin'>[]): Promise<[string, string][]> {
  const certificates = await deps.certificates.all();
  const keys = logs.map((one) => verifierKey(one.origin, deps.audit.publicKey));
  const history = {
    log: logs.map((one, i) => ({ log: one.log, key: keys[i] ?? '' })),
    documents: certificates.map(({ kind, generation, fingerprint, subject, from, until }) => ({
      kind,
      generation,
      sha256: fingerprint,
      subject,
      from: from.toISOString(),
      until: until.toISOString(),
      file: packPaths.certificate(kind, generation),
    })),
  };
  const authorities = deps.authorities();
  return [
    [packPaths.verifierKeys, keys.map((one) => `${one}\n`).join('')],
    [packPaths.keyHistory, canonicalJson(history)],
    ...certificates.map((one): [string, string] => [packPaths.certificate(one.kind, one.generation), one.pem]),
    ...(authorities.length === 0 ? [] : [[packPaths.timeAuthority, authorities.map((one) => `${one}\n`).join('')] as [string, string]]),
  ];
}

function manifestOf(deps: EvidenceDeps, plan: PackPlan, made: Pick<Manifest, 'logs' | 'gone' | 'entries' | 'sums'>): Manifest {
  const { choice } = plan;
  return {
    form: PACK_FORM,
    kind: plan.kind,
    number: plan.number,
    archive: { id: deps.keystore.archiveId, name: deps.settings.archiveName },
    madeAt: plan.at.toISOString(),
    choice: { ...choice, from: choice.from.toISOString(), to: choice.to.toISOString() },
    subject: plan.subject,
    sides: plan.sidesOf !== null,
    rules: plan.rules.map((one) => ({
      kind: one.kind,
      name: one.name,
      digest: one.digest,
      from: one.from_at.toISOString(),
      until: one.until_at?.toISOString() ?? null,
      file: packPaths.rule(one.kind, one.name),
    })),
    ...made,
  };
}
