import type { RegisterView } from '../../../disposition/index.js';
import { phrasesFor, say, type Lang } from '../../../phrases/index.js';
import type { RegisterEventLine } from '../../../ui/index.js';

/** What happened to a register, oldest first, with what lies ahead at the end. */
export function registerTimeline(lang: Lang, view: RegisterView, name: (person: string | null) => string, now: Date): RegisterEventLine[] {
  const phrases = phrasesFor(lang);
  const t = phrases.pages.disposition.register;
  const roles: Readonly<Record<string, string>> = phrases.access.roles;
  const lines: RegisterEventLine[] = [];
  const add = (at: string | null, text: string, more: Partial<RegisterEventLine> = {}): void => {
    if (at !== null) lines.push({ at, text, reason: '', strong: false, soon: false, ...more });
  };
  add(view.madeAt, say(t.timeline.made, { name: name(view.madeBy) }));
  add(view.frozenAt, say(t.timeline.frozen, { count: view.items }));
  for (const one of view.approvals) {
    const params = { role: roles[one.role] ?? one.role, name: name(one.person), round: one.round };
    const text = one.round < view.round ? t.timeline.dropped : one.answer === 'refuse' ? t.timeline.refused : t.timeline.agreed;
    add(one.at, say(text, params), { reason: one.reason, strong: one.answer === 'refuse' });
  }
  for (const one of view.appointments) {
    const params = { name: name(one.person), office: t.offices[one.office] };
    add(one.appointedAt, say(t.timeline.appointed, params));
    add(one.endedAt, say(t.timeline.released, params));
    add(one.checkedAt, say(t.timeline.checked, params));
    add(one.witnessedAt, say(t.timeline.witnessed, params));
  }
  add(view.approvedAt, t.timeline.approved, { strong: true });
  add(view.executingAt, t.timeline.executing, { strong: true });
  add(view.openedAt, t.timeline.opened);
  add(view.closedAt, t.timeline.closed, { strong: true });
  if (view.state === 'rejected' || view.state === 'voided' || view.state === 'stopped')
    add(view.endedAt, say(t.timeline[view.state], { name: name(view.endedBy) }), { reason: view.endReason, strong: true });
  lines.sort((a, b) => a.at.localeCompare(b.at));
  const pauses = (view.state === 'approved' || view.state === 'checked') && view.executeAfter !== null && Date.parse(view.executeAfter) > now.getTime();
  if (pauses) add(view.executeAfter, t.timeline.pauseEnds, { soon: true });
  for (const one of view.approvals.filter((step) => step.round === view.round && (step.state === 'open' || step.state === 'waiting')))
    add(now.toISOString(), say(t.timeline.waits, { role: roles[one.role] ?? one.role }), { soon: true });
  return lines;
}
