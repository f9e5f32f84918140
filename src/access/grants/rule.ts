import type { Actor } from '../../audit/index.js';
import type { Act, RecordAct } from '../acts.js';
import { allOf } from '../condition.js';
import { isAdminRole } from '../roles.js';
import type { ActingRule } from '../to-casl.js';
import type { Condition, GrantAct } from '../types.js';

/** What decisions and entries name where a grant allows what no rule of a role does. */
export const GRANT_RULE = 'grant/live';

/** Which acts on a record each act of a grant gives. */
const GIVES: Partial<Record<RecordAct, GrantAct>> = {
  'record.list': 'view',
  'record.view': 'view',
  'record.read': 'view',
  'record.unmask': 'view',
  'record.print': 'print',
  'record.download': 'download',
};

/** Whether grants may give this actor anything: a person with a role who is none of the three administrators and has live grants. */
export function usesGrants(actor: Actor): actor is Actor & { personId: string } {
  return actor.kind === 'person' && actor.granted === true && actor.personId !== null && actor.roles.length > 0 && !actor.roles.some(isAdminRole);
}

/** The act of a grant that would give an act on a record; `undefined` where none does. */
export function grantActFor(act: Act): GrantAct | undefined {
  return Object.hasOwn(GIVES, act) ? GIVES[act as RecordAct] : undefined;
}

/** The records on which a live grant gives a person an act; never a restricted one. `undefined` where grants give nothing. */
export function grantedOn(actor: Actor, act: Act, at: Date): Condition | undefined {
  const what = grantActFor(act);
  if (what === undefined || !usesGrants(actor)) return undefined;
  return allOf([
    { op: 'eq', column: 'restricted', value: false },
    { op: 'granted', person: actor.personId, act: what, at },
  ]);
}

/** What grants give, as rules that come after those of roles: a decision names a grant only where no role allows it. */
export function grantRules(actor: Actor): ActingRule[] {
  return (Object.keys(GIVES) as RecordAct[]).flatMap((act): ActingRule[] => {
    const condition = grantedOn(actor, act, new Date(0)); // a record brings along what is granted on it now
    return condition === undefined ? [] : [{ id: GRANT_RULE, act, on: 'record', condition }];
  });
}
