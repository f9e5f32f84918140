import type { Actor } from '../../audit/index.js';
import { newId } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import { dayText } from '../../records/index.js';
import type { DueDeps } from './deps.js';
import { insertReminder, seeReminder, soonDue, unseenReminders, type ReminderRow } from './remind-store.js';

/** Days before the end of a term at which its department is told. */
export const REMIND_DAYS = 30;

function daysAfter(day: string, more: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + more * 86_400_000).toISOString().slice(0, 10);
}

/** Tells each department of the records whose terms end within thirty days and of which it was not told yet; how many notices. */
export async function remindOfDue(deps: DueDeps, actor: Actor): Promise<number> {
  const today = dayText(deps.now(), deps.schedules.newest.timeZone);
  const until = daysAfter(today, REMIND_DAYS);
  return deps.db.tx(async (tx) => {
    const found = await soonDue(tx, today, until);
    for (const { department, from, records } of found) {
      const entry = await deps.audit.append(tx, {
        actor,
        act: 'retention.remind',
        subject: { kind: 'list', id: 'due' },
        decision: 'allow',
        policy: deps.access.version(),
        facts: { department, from, until, count: records },
      });
      await insertReminder(tx, { id: newId(), department, from, to: until, records, at: deps.now(), entry: entry.id });
    }
    return found.length;
  });
}

/** Notices for whoever may see what is due: the own department's, or all for the archive's people. */
export async function dueReminders(deps: DueDeps, actor: Actor): Promise<ReminderRow[]> {
  if (!deps.access.mayEver(actor, 'retention.view')) return [];
  return unseenReminders(deps.db, deps.access.mayEver(actor, 'retention.sweep') ? null : (actor.department ?? ''));
}

/** Puts a notice away for the department. */
export async function seeDueReminder(deps: DueDeps, actor: Actor, id: string): Promise<void> {
  deps.access.authorizeEver(actor, 'retention.view');
  await deps.db.tx(async (tx) => {
    const mine = deps.access.mayEver(actor, 'retention.sweep') ? null : (actor.department ?? '');
    await deps.audit.append(tx, {
      actor,
      act: 'retention.reminder_seen',
      subject: { kind: 'list', id: 'due' },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { reminder: id },
    });
    if (!(await seeReminder(tx, id, mine, actor.personId, deps.now()))) throw new CodedError('not_found');
  });
}
