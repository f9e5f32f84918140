import type { Actor } from '../../audit/index.js';
import { closedLogs } from '../../audit/index.js';
import { dayOf } from '../../classification/index.js';
import { constraintOf, newId } from '../../db/index.js';
import { CodedError, invalidField } from '../../errors/index.js';
import { standingOf, unfilled } from '../appraisal/people.js';
import { profileIn } from '../appraisal/rules.js';
import { nextNumber } from '../appraisal/store.js';
import { stepsFor } from '../register/make.js';
import type { LogTermDeps } from './deps.js';
import { logEntry, standOf } from './flow.js';
import { insertLogApprovals, insertLogRegister } from './store.js';
import { logDigest } from './term.js';

/**
 * Proposes to destroy the entries of a log whose term is over: exactly which log, which bundles, which tree. It goes at once before those
 * who approve, in order; where no different persons could fill the steps it is refused.
 */
export async function proposeLogDestruction(deps: LogTermDeps, actor: Actor, input: { log: string }): Promise<{ id: string; number: string; digest: string }> {
  deps.access.authorize(actor, 'destruction.make');
  await deps.assertOpen();
  const who = standingOf(deps, actor);
  const id = newId();
  const at = deps.now();
  const rules = deps.dispositionRules();
  const steps = stepsFor(profileIn(rules, deps.rules().profile.profile).approvals, new Set());
  const missing = await unfilled(
    deps,
    steps.map((one) => ({ role: one.role, department: null })),
    [who.personId],
  );
  if (missing.length > 0) throw invalidField('approvals', 'nobody_for', { role: missing.join(', ') });
  try {
    return await deps.db.tx(async (tx) => {
      const closed = (await closedLogs(tx)).find((one) => one.log === input.log);
      if (!closed) throw new CodedError('not_found');
      const { term, against, holds } = await standOf(deps, tx, closed);
      if (against.includes('held')) throw new CodedError('held', { params: { count: holds.length } });
      if (against.length > 0) throw invalidField('log', 'has_blockers', { what: against.join(', ') });
      const number = await nextNumber(tx, 'log', dayOf(at, deps.settings.zone).y);
      const { log, size, root, first, last } = closed;
      const digest = logDigest({ number, origin: deps.audit.originOf(log), size, root, first, last, rule: term.rule, until: term.until });
      await insertLogRegister(tx, {
        id,
        number,
        log,
        size,
        root,
        first_at: first,
        last_at: last,
        rule: term.rule,
        schedule: term.version,
        term_until: term.until,
        rules: rules.name,
        digest,
        made_by_person: who.personId,
        made_by_account: who.accountId,
        made_by_pseudonym: actor.pseudonym,
        made_at: at,
      });
      await insertLogApprovals(
        tx,
        id,
        steps.map((one) => ({ step: one.id, role: one.role })),
        at,
      );
      const facts = { size: String(size), root: root.toString('base64'), digest: digest.toString('hex'), until: term.until, steps: steps.map((one) => one.id) };
      await deps.audit.append(tx, logEntry(deps, actor, 'destruction.submit', { id, number, log }, facts));
      return { id, number, digest: digest.toString('hex') };
    });
  } catch (error) {
    if (constraintOf(error) === 'log_destructions_one_live') throw new CodedError('conflict', { detail: 'a register over this log is there', cause: error });
    throw error;
  }
}
