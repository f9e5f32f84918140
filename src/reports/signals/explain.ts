import { behindSignal, type Actor, type LoggedEntry } from '../../audit/index.js';
import type { ReportsDeps } from '../deps.js';
import type { SignalContent, SignalKind } from './rules.js';
import type { SignalView } from './signals.js';

/** The rule that raised a signal, as its file says it. */
export interface SignalRule<Kind extends SignalKind = SignalKind> {
  /** `signals@2026-01`. */
  name: string;
  values: SignalContent['signals'][Kind];
}

/** The rule behind a signal, from the version that raised it; `null` where that file is gone. */
export function ruleBehind(deps: Pick<ReportsDeps, 'signalRules'>, signal: Pick<SignalView, 'kind' | 'rules'>): SignalRule | null {
  const rules = deps.signalRules.versions.find((one) => `${one.name}@${one.digest}` === signal.rules);
  return rules === undefined ? null : { name: rules.name, values: rules.signals[signal.kind] };
}

/**
 * The entries of the log that a signal rests on, oldest first: the opening of each reading, or the refusals themselves.
 * Who may not search the log is given none.
 */
export async function entriesBehind(deps: ReportsDeps, actor: Actor, signal: Pick<SignalView, 'kind' | 'evidence' | 'personId'>): Promise<LoggedEntry[]> {
  deps.access.authorize(actor, 'signal.view');
  if (signal.personId === actor.personId || !deps.access.mayEver(actor, 'audit.search')) return [];
  return behindSignal(deps.db, signal.kind === 'refusals' ? { entries: signal.evidence } : { readings: signal.evidence });
}
