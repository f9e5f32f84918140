import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemActor, textEntries, type Actor, type Audit } from '../../audit/index.js';
import { readYaml } from '../../config/index.js';
import { canonicalJson } from '../../crypto/index.js';
import type { Db, Tx } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import { standingDays, standingText, standingTimes, type StandingText } from './rule.js';
import { insertShipped, lockStanding, markOnRecord, rulesOffRecord, type StandingRow } from './store.js';

async function shipped(folder: string): Promise<StandingText[]> {
  const rules: StandingText[] = [];
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort()) {
    const rule = standingText.safeParse(await readYaml(join(folder, file)));
    if (!rule.success) throw new CodedError('policy_invalid', { detail: `policies/standing/${file}` });
    rules.push(rule.data);
  }
  return rules;
}

type StandingDeps = { db: Db; audit: Pick<Audit, 'append' | 'appendMany'>; settings: { zone: string }; now(): Date };

/** The whole text of a rule in the log, so that what was in force on a day follows from the log alone. */
export async function logStandingText(
  tx: Tx,
  deps: { audit: Pick<Audit, 'appendMany'> },
  id: string,
  rule: StandingText,
  actor: Actor = systemActor('standing-start'),
): Promise<void> {
  const entry = { actor, act: 'standing.text', subject: { kind: 'standing' as const, id } };
  await deps.audit.appendMany(tx, textEntries(entry, canonicalJson(rule)));
}

/** The text that a row was made of. */
function textOf(row: StandingRow): StandingText {
  const { name, says_zh: zh, says_en: en, readers, departments, types, sensitivities, purposes, states, zone } = row;
  return standingText.parse({
    name,
    says: { zh, en },
    readers,
    departments,
    types,
    sensitivities,
    purposes,
    states,
    ...standingDays(row),
    ...(zone === 'UTC' ? {} : { zone }),
  });
}

async function putOlderOnRecord(tx: Tx, deps: StandingDeps): Promise<void> {
  const older = await rulesOffRecord(tx);
  for (const row of older) await logStandingText(tx, deps, row.id, textOf(row));
  if (older.length > 0)
    await markOnRecord(
      tx,
      older.map((row) => row.id),
    );
}

/**
 * Puts the shipped standing rules in force where there never was one, each with an entry of its own that holds its digest; how
 * many. Files that changed later change nothing: what is in force stands in the catalogue and on record.
 */
export async function startStandingRules(deps: StandingDeps, folder: string): Promise<number> {
  const rules = await shipped(folder);
  return deps.db.tx(async (tx) => {
    const { empty } = await lockStanding(tx);
    await putOlderOnRecord(tx, deps);
    if (!empty) return 0;
    const { zone } = deps.settings;
    for (const one of rules) {
      const rule = { ...one, zone };
      const id = `${rule.name}.1`;
      const digest = `sha256:${createHash('sha256').update(canonicalJson(rule)).digest('hex')}`;
      const { from: starts, to: ends } = standingTimes(rule);
      await logStandingText(tx, deps, id, rule);
      await insertShipped(tx, { ...rule, id, digest, starts, ends, at: deps.now() });
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
