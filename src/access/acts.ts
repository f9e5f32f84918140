/** What a condition may be attached to: acts on a record are always conditional, acts on the archive as a whole never are. */
export type ActTarget = 'record' | 'archive';

/**
 * Every act that rules may give, each apart from the others: a policy that names another one is invalid,
 * and an act that no rule gives is allowed to nobody. Texts stand in the phrase files under `access.acts`.
 */
export const ACTS = {
  'record.list': 'record',
  'record.view': 'record',
  'record.read': 'record',
  'record.unmask': 'record',
  'record.print': 'record',
  'record.download': 'record',
  'record.capture': 'record',
  'record.arrange': 'record',
  'record.send_back': 'record',
  'record.reclassify': 'record',
  'record.confirm_term': 'record',
  'record.correct': 'record',
  'record.event': 'record',
  'record.restrict': 'record',
  'record.release': 'record',
  'reading.emergency': 'record',
  'reading.own': 'archive',
  'reading.review': 'archive',
  'grant.list': 'archive',
  'grant.revoke': 'archive',
  'standing.view': 'archive',
  'standing.propose': 'archive',
  'standing.agree': 'archive',
  'standing.confirm': 'archive',
  'request.apply': 'archive',
  'request.apply_outside': 'archive',
  'request.own': 'archive',
  'request.decide': 'archive',
  'request.resolve': 'archive',
  'request.register': 'archive',
  'request.recall': 'archive',
  'copy.certify': 'archive',
  'reading.supervise': 'archive',
  'appraisal.view': 'archive',
  'appraisal.make': 'archive',
  'appraisal.sign': 'archive',
  'destruction.view': 'archive',
  'destruction.list': 'archive',
  'destruction.make': 'archive',
  'destruction.approve': 'archive',
  'destruction.appoint': 'archive',
  'destruction.check': 'archive',
  'destruction.progress': 'archive',
  'destruction.execute': 'archive',
  'destruction.witness': 'archive',
  'dossier.view': 'archive',
  'import.run': 'archive',
  'import.view': 'archive',
  'batch.view': 'archive',
  'batch.hand_over': 'archive',
  'batch.confirm': 'archive',
  'report.lateness': 'archive',
  'report.closings': 'archive',
  'privacy.view': 'archive',
  'privacy.register': 'archive',
  'privacy.decide': 'archive',
  'disclosure.view': 'archive',
  'hold.view': 'archive',
  'hold.propose': 'archive',
  'hold.set': 'archive',
  'hold.freeze': 'archive',
  'hold.lift': 'archive',
  'report.compliance': 'archive',
  'signal.view': 'archive',
  'case.work': 'archive',
  'account.review': 'archive',
  'sample.view': 'archive',
  'sample.draw': 'archive',
  'sample.mark': 'archive',
  'scheme.view': 'archive',
  'retention.view': 'archive',
  'retention.sweep': 'archive',
  'schedule.consent': 'archive',
  'audit.search': 'archive',
  'audit.export': 'archive',
  'audit.side': 'archive',
  'audit.verify': 'archive',
  'evidence.view': 'archive',
  'evidence.make': 'archive',
  'evidence.approve': 'archive',
  'log.view_break': 'archive',
  'log.propose_break': 'archive',
  'log.agree_break': 'archive',
  'usage.view': 'archive',
  'usage.export': 'archive',
  'person.view': 'archive',
  'person.manage': 'archive',
  'account.manage': 'archive',
  'department.manage': 'archive',
  'role.give': 'archive',
  'role.confirm': 'archive',
  'token.manage': 'archive',
  'policy.view': 'archive',
  'policy.activate': 'archive',
  'policy.confirm': 'archive',
  'change.see': 'archive',
  'session.own': 'archive',
  'key.status': 'archive',
  'key.rotate': 'archive',
  'storage.check': 'archive',
  'search.status': 'archive',
  'search.rebuild': 'archive',
} as const satisfies Record<string, ActTarget>;

export type Act = keyof typeof ACTS;
/** Acts that are decided record by record. */
export type RecordAct = { [K in Act]: (typeof ACTS)[K] extends 'record' ? K : never }[Act];

export const ACT_NAMES = Object.keys(ACTS) as [Act, ...Act[]];

/** What the scopes of a machine's token open, within what the policy gives the role `integration`. */
export const SCOPES = {
  capture: ['record.capture', 'batch.view', 'report.closings'],
  import: ['import.run', 'import.view', 'record.capture', 'batch.view', 'report.closings'],
  find: ['record.list', 'record.view', 'scheme.view'],
  lateness: ['report.lateness'],
  events: ['record.event'],
} as const satisfies Record<string, readonly Act[]>;

export type Scope = keyof typeof SCOPES;
export const SCOPE_NAMES = Object.keys(SCOPES) as [Scope, ...Scope[]];

/** Whether one of a token's scopes covers an act. Unknown scopes cover nothing. */
export function scopesCover(scopes: readonly string[], act: Act): boolean {
  return SCOPE_NAMES.some((scope) => scopes.includes(scope) && (SCOPES[scope] as readonly Act[]).includes(act));
}
