import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemActor, type Audit } from '../../audit/index.js';
import { readYaml } from '../../config/index.js';
import { canonicalJson } from '../../crypto/index.js';
import type { Db } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import { standingText, type StandingText } from './rule.js';
import { insertShipped, lockStanding } from './store.js';

async function shipped(folder: string): Promise<StandingText[]> {
  const rules: StandingText[] = [];
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort()) {
    const rule = standingText.safeParse(await readYaml(join(folder, file)));
    if (!rule.success) throw new CodedError('policy_invalid', { detail: `policies/standing/${file}` });
    rules.push(rule.data);
  }
  return rules;
}

/**
 * Puts the shipped standing rules in force where there never was one, each with an entry of its own that holds its digest; how
 * many. Files that changed later change nothing: what is in force stands in the catalogue and on record.
 */
export async function startStandingRules(deps: { db: Db; audit: Pick<Audit, 'append'>; now(): Date }, folder: string): Promise<number> {
  const rules = await shipped(folder);
  return deps.db.tx(async (tx) => {
    if (!(await lockStanding(tx)).empty) return 0;
    for (const rule of rules) {
      const id = `${rule.name}.1`;
      const digest = `sha256:${createHash('sha256').update(canonicalJson(rule)).digest('hex')}`;
      const ends = new Date(Date.parse(`${rule.until}T00:00:00Z`) + 86_400_000);
      await insertShipped(tx, { ...rule, id, digest, starts: new Date(`${rule.from}T00:00:00Z`), ends, at: deps.now() });
      await deps.audit.append(tx, {
        actor: systemActor('standing-start'),
        act: 'standing.bootstrap',
        subject: { kind: 'standing', id },
        decision: 'allow',
        facts: { digest, from: rule.from, until: rule.until, types: rule.types, sensitivities: rule.sensitivities, purposes: rule.purposes },
      });
    }
    return rules.length;
  });
}
