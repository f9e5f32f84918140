import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Actor, Audit } from '../../audit/index.js';
import { SENSITIVITIES, SERVICE_TYPES } from '../../classification/index.js';
import { canonicalJson } from '../../crypto/index.js';
import { constraintOf, newId } from '../../db/index.js';
import { check, CodedError, invalidField } from '../../errors/index.js';
import { announceChange } from '../changes-first/gate.js';
import { STATES } from '../columns.js';
import { refusedStanding } from './refused.js';
import { standingTimes, type StandingText } from './rule.js';
import type { StandingDeps } from './rules.js';
import { logStandingText } from './start.js';
import { insertProposed, lastNumber, lockStanding, unknownDepartments } from './store.js';

const DAY = 86_400_000;
/** Longest time that a rule is proposed for, in days: five years. */
export const STANDING_DAYS = 1827;

const code = z.string().regex(/^(\*|[\p{L}\p{N}_-]{1,40})$/u, 'not_a_code');
const sentence = z
  .string()
  .trim()
  .max(200)
  .refine((text) => text !== '', 'missing');
const day = z.iso.date({ error: 'not_a_date' });
const some = <T extends z.ZodType>(one: T, max: number) =>
  z
    .array(one)
    .max(max)
    .refine((list) => list.length > 0, 'missing');

const input = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'not_a_rule_name'),
  says: z.strictObject({ zh: sentence, en: sentence }),
  readers: some(code, 100),
  departments: some(code, 100),
  types: some(z.enum(SERVICE_TYPES), SERVICE_TYPES.length),
  sensitivities: some(z.enum(SENSITIVITIES), SENSITIVITIES.length),
  purposes: some(code, 50),
  states: some(z.enum(['*', ...STATES]), STATES.length + 1),
  from: day,
  until: day,
});
export type StandingInput = z.input<typeof input>;

export interface ProposeDeps extends StandingDeps {
  audit: Pick<Audit, 'append' | 'appendMany'>;
  /** Codes of the scheme in force. */
  purposes(): readonly string[];
  settings: { zone: string };
}

/** Each once; what means each needs nothing beside it. */
const tidy = <T extends string>(list: readonly T[]): T[] => (list.includes('*' as T) ? ['*' as T] : [...new Set(list)]);

function textOf(deps: ProposeDeps, given: StandingInput): StandingText & { zone: string } {
  const asked = check(input, given);
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone: deps.settings.zone }).format(deps.now());
  if (asked.from < today) throw invalidField('from', 'too_early');
  if (asked.until < asked.from) throw invalidField('until', 'before_start');
  if ((Date.parse(asked.until) - Date.parse(asked.from)) / DAY >= STANDING_DAYS) throw invalidField('until', 'too_long', { max: STANDING_DAYS });
  const known = new Set(['*', ...deps.purposes()]);
  if (!asked.purposes.every((one) => known.has(one))) throw invalidField('purposes', 'unknown_purpose');
  return {
    ...asked,
    readers: tidy(asked.readers),
    departments: tidy(asked.departments),
    types: tidy(asked.types),
    sensitivities: tidy(asked.sensitivities),
    purposes: tidy(asked.purposes),
    states: tidy(asked.states),
    zone: deps.settings.zone,
  };
}

/**
 * Proposes a standing rule, or another version of one by its name: a change, or a renewal with later days. It waits: the security
 * administrator agrees, the audit administrator sees it, another person confirms; until then the former version acts.
 * @throws `conflict` while another version of the same name waits
 */
export async function proposeStanding(deps: ProposeDeps, actor: Actor, given: StandingInput): Promise<{ id: string }> {
  const { policy } = deps.access.authorize(actor, 'standing.propose');
  const by = actor.personId;
  if (by === null) throw new CodedError('forbidden');
  const text = textOf(deps, given);
  const { from: starts, to: ends } = standingTimes(text);
  const named = [...text.readers, ...text.departments].filter((one) => one !== '*' && one !== 'own');
  const done = deps.db.tx(async (tx) => {
    await lockStanding(tx);
    const unknown = new Set(await unknownDepartments(tx, named));
    for (const field of ['readers', 'departments'] as const) if (text[field].some((one) => unknown.has(one))) throw invalidField(field, 'unknown_department');
    if (text.readers.includes('own')) throw invalidField('readers', 'unknown_department');
    const id = `${text.name}.${(await lastNumber(tx, text.name)) + 1}`;
    const changeId = newId();
    const digest = `sha256:${createHash('sha256').update(canonicalJson(text)).digest('hex')}`;
    const at = deps.now();
    await announceChange(tx, { id: changeId, kind: 'standing', facts: { rule: id, digest }, proposedBy: by, now: at });
    await logStandingText(tx, deps, id, text, actor);
    await insertProposed(tx, { ...text, id, changeId, digest, starts, ends, by, at });
    await deps.audit.append(tx, {
      actor,
      act: 'standing.propose',
      subject: { kind: 'standing', id },
      decision: 'allow',
      policy,
      facts: { digest, from: text.from, until: text.until, types: text.types, sensitivities: text.sensitivities, states: text.states },
    });
    return { id };
  });
  return done.catch((error: unknown) => {
    const waits = constraintOf(error) === 'standing_rules_waiting';
    return refusedStanding(deps, actor, { id: text.name, step: 'propose' }, waits ? new CodedError('conflict') : error);
  });
}
