import { systemActor } from '../audit/index.js';
import { canonicalJson } from '../crypto/index.js';
import { CodedError } from '../errors/index.js';
import type { Archive } from './archive.js';
import { insertRuleFile, knownRuleFiles, type RuleFile } from './store.js';

/**
 * Puts every version of scheme and schedule that lies in the project on record before it acts, so that why a record is kept
 * can be recomputed later from the archive alone. A version that was edited after it had acted refuses the start.
 */
export async function recordRuleFiles(archive: Archive): Promise<void> {
  const known = new Map((await knownRuleFiles(archive.db)).map((one) => [`${one.kind} ${one.name}`, one.digest]));
  const { schemes, schedules } = archive.records;
  const present = [
    ...schemes.versions.map((one) => ({ kind: 'scheme' as const, name: one.name, digest: one.digest, content: one })),
    ...schedules.versions.map((one) => ({ kind: 'schedule' as const, name: one.name, digest: one.digest, content: one })),
  ];
  for (const { content, ...file } of present) {
    const before = known.get(`${file.kind} ${file.name}`);
    if (before === file.digest) continue;
    if (before !== undefined)
      throw new CodedError('policy_invalid', { detail: `${file.kind} ${file.name} was edited after it had acted: give the change a version of its own` });
    await insert(archive, file, canonicalJson(content));
  }
}

async function insert(archive: Archive, file: RuleFile, canonical: string): Promise<void> {
  await archive.db.tx(async (tx) => {
    const entry = await archive.audit.append(tx, {
      actor: systemActor(),
      act: `${file.kind}.in_force`,
      subject: { kind: file.kind, id: file.name },
      decision: 'allow',
      facts: { digest: file.digest },
    });
    await insertRuleFile(tx, { ...file, canonical, entry: entry.id, at: archive.now() });
  });
}
