import { say, type AllPhrases } from '../phrases/index.js';
import type { Entry } from './types.js';

type Texts = AllPhrases['audit'];

function lookUp(texts: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(texts, key) ? texts[key] : undefined;
}

/** Name of an act; one that has no text is shown by the name it has in the log. */
export function describeAct(act: string, texts: Texts): string {
  return lookUp(texts.acts, act) ?? say(texts.unknownAct, { act });
}

export function describeSubject(subject: Entry['subject'], texts: Texts): string {
  const place = lookUp(texts.places, `${subject.kind}:${subject.id}`);
  if (place !== undefined) return place;
  const text = lookUp(texts.subjects, subject.kind);
  return text === undefined ? say(texts.unknownSubject, subject) : say(text, { id: subject.id });
}

/** The facts that have a text, in the order of the entry; ids and digests have none. */
export function describeFacts(entry: Entry, texts: Texts): string[] {
  return Object.entries(entry.facts ?? {}).flatMap(([name, value]) => {
    const text = lookUp(texts.facts, name);
    if (text === undefined || value === null || Array.isArray(value)) return [];
    return [say(text, { value: typeof value === 'boolean' ? String(value) : value })];
  });
}

/** An entry as one readable line: what, on what, and how it ended; time and person stand beside it. */
export function describe(entry: Entry, texts: Texts): string {
  const line = say(texts.line, { act: describeAct(entry.act, texts), subject: describeSubject(entry.subject, texts) });
  const more = describeFacts(entry, texts);
  if (entry.purpose !== undefined) more.unshift(say(texts.purpose, { purpose: entry.purpose }));
  if (entry.decision !== 'allow') more.unshift(texts.decisions[entry.decision]);
  return [line, ...more].join(' · ');
}
