import type { CountFilter, Decision } from '../../audit/index.js';
import { invalidField } from '../../errors/index.js';

/** What people do with records, as the acts of the log that say so; `refused` is every refusal. */
export const USES = {
  read: ['reading.open'],
  viewed: ['reading.view.begin'],
  downloaded: ['reading.download.begin'],
  printed: ['reading.print'],
  returned: ['reading.return', 'reading.expire'],
  searched: ['record.search', 'record.list', 'record.browse'],
  found: ['record.view', 'dossier.view'],
  audited: [
    'audit.search',
    'audit.view',
    'audit.count',
    'audit.export',
    'audit.side',
    'usage.view',
    'usage.export',
    'audit.who_could_read',
    'audit.what_could_read',
    'evidence.fetch',
    'receipt.fetch',
  ],
  rights: [
    'role.give',
    'role.confirm',
    'role.refuse',
    'role.take',
    'policy.propose',
    'policy.agree',
    'policy.confirm',
    'policy.refuse',
    'policy.withdraw',
    'policy.bootstrap',
    'change.see',
    'grant.issue',
    'grant.revoke',
    'grant.return',
    'grant.expire',
    'standing.bootstrap',
    'standing.propose',
    'standing.agree',
    'standing.confirm',
    'standing.refuse',
    'standing.end',
    'standing.expire',
    'token.issue',
    'token.revoke',
    'account.create',
    'account.enable',
    'account.disable',
    'account.sleep',
    'person.leave',
    'person.change',
  ],
  requested: [
    'request.apply',
    'request.agree',
    'request.refuse',
    'request.refuse_unanswerable',
    'request.lapse',
    'request.withdraw',
    'request.return',
    'request.recall',
    'request.expire',
  ],
  onsite: ['request.visit_begin', 'request.visit_show', 'request.visit_end', 'request.visit_broken'],
  emergency: ['reading.emergency', 'reading.review'],
  restricted: [
    'restriction.propose',
    'restriction.agree',
    'restriction.refuse',
    'restriction.release_propose',
    'restriction.release',
    'restriction.release_refuse',
    'restriction.carry',
    'record.restrict',
    'record.release',
  ],
  privacy: [
    'privacy.register',
    'privacy.step',
    'privacy.decide',
    'privacy.bind',
    'privacy.copy',
    'privacy.file_approve',
    'privacy.letter',
    'privacy.letter_read',
  ],
  disclosed: ['disclosure.record', 'copy.certify', 'copy.fetch'],
} as const satisfies Record<string, readonly string[]>;
export type Use = keyof typeof USES;
export const USE_NAMES = Object.keys(USES) as [Use, ...Use[]];

/** A question to the access audit: all given fields must fit. */
export interface UsageQuestion {
  /** Pseudonyms of persons. */
  actors?: readonly string[] | undefined;
  /** Codes of the departments of whoever acted. */
  department?: string | undefined;
  records?: readonly string[] | undefined;
  purpose?: string | undefined;
  use?: Use | undefined;
  /** A single act of the log. */
  act?: string | undefined;
  decision?: Decision | undefined;
  hours?: 'within' | 'outside' | undefined;
  /** Local days, both included. */
  from?: string | undefined;
  to?: string | undefined;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** Records that one question may name. */
const MANY = 100;

/** Whether a text is a day of the calendar. */
export function isRealDay(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`);
  return DAY.test(text) && !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

/** The question as the kept counts understand it. Throws `invalid_field` for what no entry can hold. */
export function filterOf(question: UsageQuestion): CountFilter {
  for (const name of ['from', 'to'] as const) if (question[name] !== undefined && !isRealDay(question[name])) throw invalidField(name, 'not_a_date');
  for (const name of ['actors', 'records'] as const) if ((question[name]?.length ?? 0) > MANY) throw invalidField(name, 'too_many', { max: MANY });
  const { actors, department, records, purpose, use, act, decision, hours, from, to } = question;
  const acts = use === undefined ? undefined : (USES[use] as readonly string[]);
  return {
    actors,
    records,
    departments: department === undefined ? undefined : [department],
    purposes: purpose === undefined ? undefined : [purpose],
    acts: act === undefined ? acts : (acts ?? [act]).filter((one) => one === act),
    decisions: decision === undefined ? undefined : [decision],
    outside: hours === undefined ? undefined : hours === 'outside',
    from,
    to,
  };
}
