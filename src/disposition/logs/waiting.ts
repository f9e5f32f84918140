import { closedLogs, type Actor } from '../../audit/index.js';
import { dayText } from '../../records/index.js';
import { fits, standingOf } from '../appraisal/people.js';
import { moveRegister, staffed, STOPPABLE, type RegisterFlow } from '../register/states.js';
import type { LogTermDeps } from './deps.js';
import { flowOfLog, standOf } from './flow.js';
import { logAppointmentsOf, logApprovalsOf, logRegistersIn, personsOfLog, type LogApprovalRow, type LogRegisterRow } from './store.js';
import { logTerm } from './term.js';

/** What somebody may do now with a register over a log. */
export interface LogMay {
  answer: number | null;
  appoint: boolean;
  check: boolean;
  stop: boolean;
  begin: boolean;
  witness: boolean;
}

/** What this person may do with a register as it stands. */
export function mayWithLog(
  deps: LogTermDeps,
  actor: Actor,
  row: LogRegisterRow,
  { flow, approvals, takesPart }: { flow: RegisterFlow; approvals: readonly LogApprovalRow[]; takesPart: boolean },
): LogMay {
  const who = standingOf(deps, actor);
  const may = (act: Parameters<typeof deps.access.mayEver>[1]): boolean => deps.access.mayEver(actor, act);
  const moves = (event: Parameters<typeof moveRegister>[1]): boolean => 'flow' in moveRegister(flow, event);
  const open = approvals.find((one) => one.state === 'open');
  const answers =
    row.state === 'approving' && open !== undefined && !takesPart && may('destruction.approve') && fits({ role: open.role, department: null }, who);
  return {
    answer: answers ? open.position : null,
    appoint: may('destruction.appoint') && (row.state === 'approving' || row.state === 'approved'),
    check: may('destruction.check') && moves({ kind: 'check', by: who.personId, digest: flow.digest ?? '' }),
    stop: takesPart && STOPPABLE.includes(row.state),
    begin: may('destruction.execute') && moves({ kind: 'begin', by: who.personId, at: deps.now() }),
    witness: may('destruction.witness') && moves({ kind: 'witness', by: who.personId }),
  };
}

/** Logs that wait for this person: those past their term which he may propose, and registers in which the next act is his. */
export async function logsWaiting(deps: LogTermDeps, actor: Actor): Promise<{ due: number; registers: number }> {
  if (actor.kind !== 'person' || actor.personId === null) return { due: 0, registers: 0 };
  const due = deps.access.mayEver(actor, 'destruction.make') ? await logsDue(deps) : 0;
  let registers = 0;
  for (const row of await logRegistersIn(deps.db, ['approving', 'approved', 'checked', 'open'])) {
    const [approvals, appointments] = [await logApprovalsOf(deps.db, row.id), await logAppointmentsOf(deps.db, row.id)];
    const flow = flowOfLog(row, approvals, appointments);
    const takesPart = (await personsOfLog(deps.db, row.id)).includes(actor.personId);
    const may = mayWithLog(deps, actor, row, { flow, approvals, takesPart });
    const appoint = may.appoint && row.state === 'approved' && !staffed(flow);
    if (may.answer !== null || appoint || may.check || may.begin || may.witness) registers++;
  }
  return { due, registers };
}

/** Logs over which a register could be proposed today: their term is over, nothing stands against it, and none is there. */
async function logsDue(deps: LogTermDeps): Promise<number> {
  const schedule = deps.schedules.newest;
  const today = dayText(deps.now(), schedule.timeZone);
  const listed = new Set((await logRegistersIn(deps.db, ['approving', 'approved', 'checked', 'executing', 'open', 'closed'])).map((one) => one.log));
  let due = 0;
  for (const closed of await closedLogs(deps.db)) {
    if (closed.procedure !== null || listed.has(closed.log) || logTerm(closed.log, schedule, today).until >= today) continue;
    if ((await standOf(deps, deps.db, closed)).against.length === 0) due++;
  }
  return due;
}
