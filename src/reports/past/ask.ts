import { goneEntries, logEnd, type Actor, type EntryInput, type Place } from '../../audit/index.js';
import { CodedError, invalidField } from '../../errors/index.js';
import { isRealDay } from '../usage/question.js';
import type { UsageDeps } from '../usage/deps.js';
import { recordCoded } from './gather.js';
import { catalogueLog } from './source.js';
import type { Day } from './through.js';
import { whatCouldRead, type WhatCouldRead } from './what.js';
import { whoCouldRead, type WhoCouldRead } from './who.js';

/** An answer, with the first place of the log that it did not know. */
export type Answered<T> = T & { upTo: Place | null };

interface Asked {
  /** A local day, today or past. */
  day: string;
  purpose?: string | undefined;
  /** Format, where the answer is taken away: a right of its own. */
  format?: string | undefined;
}

/** Who could have read a record on a day. The question stands in the signed log before the answer is made. */
export async function askWhoCouldRead(deps: UsageDeps, actor: Actor, asked: Asked & { record: string }): Promise<Answered<WhoCouldRead>> {
  const day = dayOf(deps, asked.day);
  await enter(deps, actor, asked, { act: 'audit.who_could_read', subject: { kind: 'record', id: asked.record } });
  const upTo = await logEnd(deps.db);
  const answer = await whoCouldRead(catalogueLog(deps.db), { record: asked.record, day, purpose: asked.purpose });
  return { ...answer, notes: [...answer.notes, ...(await goneNote(deps, day))], upTo };
}

/** What a person could have read on a day, asked by his pseudonym. */
export async function askWhatCouldRead(deps: UsageDeps, actor: Actor, asked: Asked & { person: string }): Promise<Answered<WhatCouldRead>> {
  const day = dayOf(deps, asked.day);
  await enter(deps, actor, asked, { act: 'audit.what_could_read', subject: { kind: 'log', id: 'entries' }, facts: { reader: asked.person } });
  const upTo = await logEnd(deps.db);
  const answer = await whatCouldRead(catalogueLog(deps.db), { person: asked.person, day, purpose: asked.purpose });
  return { ...answer, notes: [...answer.notes, ...(await goneNote(deps, day))], upTo };
}

/** An answer follows from all entries before its day: where some are gone by rule, it says so. */
async function goneNote(deps: UsageDeps, day: Day): Promise<'entries_gone'[]> {
  return (await goneEntries(deps.db, { to: day.to })).length > 0 ? ['entries_gone'] : [];
}

/** The record with an archival code, as the log has it, for whoever may ask about the past. */
export async function recordOfCode(deps: UsageDeps, actor: Actor, code: string): Promise<string> {
  deps.access.authorize(actor, 'usage.view');
  const found = await recordCoded(catalogueLog(deps.db), code);
  if (found === undefined) throw invalidField('record', 'not_known');
  return found;
}

function dayOf(deps: UsageDeps, text: string): Day {
  if (!isRealDay(text)) throw invalidField('day', 'not_a_date');
  const now = deps.now();
  const from = deps.hours.startOf(text);
  if (from > now) throw invalidField('day', 'in_the_future');
  const next = deps.hours.startOf(new Date(Date.parse(`${text}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10));
  return { from, to: next < now ? next : now };
}

async function enter(deps: UsageDeps, actor: Actor, asked: Asked, entry: Pick<EntryInput, 'act' | 'subject' | 'facts'>): Promise<void> {
  if (asked.purpose !== undefined && !/^[a-z][a-z0-9_]{0,39}$/.test(asked.purpose))
    throw new CodedError('invalid_field', { fields: [{ field: 'purpose', code: 'invalid' }] });
  const { policy } = deps.access.authorize(actor, asked.format === undefined ? 'usage.view' : 'usage.export');
  const facts = { ...entry.facts, day: asked.day, asked: asked.purpose ?? null, ...(asked.format === undefined ? {} : { format: asked.format }) };
  const pending = await deps.db.tx((tx) => deps.audit.append(tx, { ...entry, actor, decision: 'allow', policy, facts }));
  await deps.audit.settled(pending);
}
