import { Sheet, signPdf, timeText, type DocumentSigner } from '../documents/index.js';
import { phrasesFor, say, type Lang } from '../phrases/index.js';
import type { Ground } from './policy.js';
import type { LetterKind, Outcome, PrivacyKind } from './values.js';

/** What a letter says; texts of the client are as the client gave them. */
export interface LetterFacts {
  kind: LetterKind;
  lang: Lang;
  number: string;
  name: string;
  request: PrivacyKind;
  channel: string;
  receivedOn: string;
  due: string;
  /** The reason of an extension, or what is explained. */
  reason: string;
  outcome: Outcome | null;
  ground: Ground | undefined;
  /** Records marked for destruction. */
  marked: number;
  /** What became of them; in the letter that says so. */
  erased?:
    | { destroyed: number; bound: number; grounds: readonly Ground[]; on: string; registers: readonly string[]; certificates: readonly string[] }
    | undefined;
  archive: string;
  at: Date;
  zone: string;
}

/** The paragraphs of a letter in its language. Pure. */
export function letterText(facts: LetterFacts): string[] {
  const { privacy, values } = phrasesFor(facts.lang);
  const t = privacy.letter;
  const channels: Readonly<Record<string, string>> = values.channel;
  const list = [say(t.received, { date: facts.receivedOn, channel: channels[facts.channel] ?? facts.channel, kind: privacy.kinds[facts.request] })];
  if (facts.kind === 'receipt') list.push(say(t.receipt, { number: facts.number, due: facts.due }));
  else if (facts.kind === 'extension') list.push(say(t.extension, { due: facts.due, reason: facts.reason }));
  else if (facts.kind === 'erased') list.push(...erasedText(facts));
  else list.push(...outcomeText(facts));
  list.push(t.remedy, t.regards);
  return list;
}

function erasedText({ erased, lang }: LetterFacts): string[] {
  const { privacy, common } = phrasesFor(lang);
  const t = privacy.letter;
  if (erased === undefined) return [];
  const { destroyed, bound, on } = erased;
  const params = { on, registers: erased.registers.join(common.comma), certificates: erased.certificates.join(common.comma) };
  return [
    ...(destroyed > 0 ? [say(t.erased, { count: destroyed, ...params })] : []),
    ...(destroyed > 0 && erased.certificates.length > 0 ? [say(t.certified, params)] : []),
    ...(bound > 0 ? [say(t.bound, { count: bound, grounds: erased.grounds.map((one) => one.title[lang]).join(common.comma) })] : []),
    ...erased.grounds.map((one) => say(t.law, { law: one.law[lang] })),
  ];
}

function outcomeText(facts: LetterFacts): string[] {
  const t = phrasesFor(facts.lang).privacy.letter;
  const { ground, lang } = facts;
  const why = ground ? [say(t.ground, { ground: ground.title[lang] }), say(t.law, { law: ground.law[lang] })] : [];
  const done = doneText(facts);
  switch (facts.outcome) {
    case 'fulfil':
      return [t.fulfilment, ...done];
    case 'partly':
      return [t.partly, ...done, ...why];
    case 'restrict':
      return [t.restricted, ...why];
    default:
      return [t.refusal, ...why];
  }
}

function doneText({ lang, request, outcome, marked, reason }: LetterFacts): string[] {
  const t = phrasesFor(lang).privacy.letter;
  switch (request) {
    case 'erasure':
      return [say(outcome === 'partly' ? t.erasurePartly : t.erasure, { count: marked })];
    case 'explanation':
      return [say(t.explanation, { reason })];
    case 'copy':
      return [t.copy];
    case 'correction':
      return [t.correction];
    case 'restriction':
      return [t.restriction];
    case 'withdrawal':
      return [t.withdrawal];
  }
}

/** A letter as a signed PDF, on the archive's sheet. */
export async function letterPdf(facts: LetterFacts, signer: DocumentSigner): Promise<Buffer> {
  const { lang, archive, at, zone, number } = facts;
  const [zh, en] = (['zh', 'en'] as const).map((one) => phrasesFor(one).privacy);
  const title = { zh: zh?.letters[facts.kind] ?? '', en: en?.letters[facts.kind] ?? '' };
  const sheet = new Sheet({ title, archive, madeAt: at, zone, keywords: number });
  const t = phrasesFor(lang).privacy;
  sheet.y += 8;
  sheet.put(say(t.letter.number, { number }), sheet.left, sheet.y, { size: 10, align: 'right', width: sheet.width });
  sheet.y += 26;
  sheet.paragraph(say(t.letter.to, { name: facts.name }), { size: 11 });
  sheet.y += 6;
  for (const text of letterText(facts)) {
    sheet.paragraph(text, { size: 11 });
    sheet.y += 8;
  }
  sheet.room(60);
  sheet.y += 18;
  sheet.put(archive, sheet.left, sheet.y, { size: 11, align: 'right', width: sheet.width });
  sheet.put(timeText(at, zone).slice(0, 10), sheet.left, sheet.y + 18, { size: 11, align: 'right', width: sheet.width });
  sheet.y += 40;
  return signPdf(signer, sheet, { reason: say(t.reason, { number }), name: archive, at });
}
