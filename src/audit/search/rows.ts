import type { AllPhrases } from '../../phrases/index.js';
import { describeAct, describeFacts, describeSubject } from '../describe.js';
import type { LoggedEntry } from '../types.js';

type Texts = AllPhrases['audit'];

/** Columns of the exported table, in order. */
export const EXPORT_COLUMNS = [
  'log',
  'sequence',
  'time',
  'actor',
  'role',
  'act',
  'subject',
  'version',
  'purpose',
  'decision',
  'facts',
  'policy',
  'request',
  'id',
  'side',
] as const;

export function exportHeader(texts: Texts): string[] {
  return EXPORT_COLUMNS.map((name) => texts.columns[name]);
}

/** An entry as a row of the exported table; all cells are text, so that no spreadsheet changes them. */
export function exportRow(item: LoggedEntry, texts: Texts): string[] {
  const { entry } = item;
  const cells: Record<(typeof EXPORT_COLUMNS)[number], string> = {
    log: item.log,
    sequence: String(item.sequence),
    time: entry.t,
    actor: entry.actor,
    role: entry.role.join(' '),
    act: describeAct(entry.act, texts),
    subject: describeSubject(entry.subject, texts),
    version: entry.version ?? '',
    purpose: entry.purpose ?? '',
    decision: texts.decisions[entry.decision],
    facts: describeFacts(entry, texts).join(' · '),
    policy: entry.policy ?? '',
    request: entry.request,
    id: entry.id,
    side: item.hasSide ? texts.side.present : entry.side === undefined ? texts.side.none : texts.side.erased,
  };
  return EXPORT_COLUMNS.map((name) => cells[name]);
}
