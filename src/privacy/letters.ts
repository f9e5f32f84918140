import type { Actor } from '../audit/index.js';
import { dayOf, formatDay } from '../classification/index.js';
import { openField, sealField } from '../crypto/index.js';
import { newId } from '../db/index.js';
import { CodedError, invalidField } from '../errors/index.js';
import type { Lang } from '../phrases/index.js';
import type { PrivacyDeps } from './deps.js';
import { letterPdf, type LetterFacts } from './letter-pdf.js';
import { mayLook } from './list.js';
import { onRequest } from './refusal.js';
import { letterFor } from './steps.js';
import { boundGrounds, erasuresOf, registersOf, replayedOf, type Erasures } from './erasure-store.js';
import { insertLetter, letterById, requestById, stepsOf, type RequestRow, type StepRow } from './store.js';
import { letterContext, noteContext, numberOf, openAsked } from './texts.js';
import { LETTER_KINDS, type LetterKind, type PrivacyStep } from './values.js';
import { today } from './work.js';

/** Largest letter, in bytes. */
const LARGEST = 3_000_000;

/** Makes a letter to the client, signs it, and keeps it sealed as it is. Which letter is possible follows from where the request stands. */
export async function makeLetter(deps: PrivacyDeps, actor: Actor, input: { id: string; kind: string; lang: Lang }): Promise<{ id: string }> {
  return onRequest(deps, actor, { step: 'letter', id: input.id }, async () => {
    deps.access.authorize(actor, 'privacy.register');
    const by = actor.personId;
    if (by === null) throw new CodedError('forbidden');
    const kind = LETTER_KINDS.find((one) => one === input.kind);
    if (!kind) throw invalidField('kind', input.kind === '' ? 'missing' : 'unknown_value');
    const row = await requestById(deps.db, input.id);
    if (!row) throw new CodedError('not_found');
    const erasures = await erasuresOf(deps.db, row.id, today(deps));
    assertPossible(row, kind, erasures);
    const erased = kind === 'erased' ? await erasedOf(deps, row, erasures) : undefined;
    const pdf = await pdfOf(deps, row, kind, { lang: input.lang, marked: erasures.marked, erased });
    if (pdf.length > LARGEST) throw new CodedError('too_large', { params: { max: LARGEST } });
    const id = newId();
    await deps.db.tx(async (tx) => {
      const entry = await deps.audit.append(tx, {
        actor,
        act: 'privacy.letter',
        subject: { kind: 'privacyRequest', id: row.id },
        decision: 'allow',
        policy: deps.access.version(),
        facts: { letter: id, kind, lang: input.lang, bytes: pdf.length },
      });
      const sealed = sealField(deps.keystore.secret('catalogue'), letterContext(id), pdf.toString('base64'));
      await insertLetter(tx, { id, request: row.id, kind, lang: input.lang, pdf: sealed, by, at: deps.now(), entry: entry.id });
    });
    return { id };
  });
}

function assertPossible(row: RequestRow, kind: LetterKind, erasures: Erasures): void {
  const possible =
    kind === 'receipt'
      ? row.state !== 'closed'
      : kind === 'extension'
        ? row.extended_to !== null
        : kind === 'erased'
          ? // that it is destroyed is said once nothing of it is left
            erasures.marked > 0 && erasures.open === 0 && row.state !== 'closed'
          : row.outcome !== null && letterFor(row.outcome) === kind && row.state !== 'closed';
  if (!possible) throw new CodedError('wrong_state', { params: { state: row.state, step: kind } });
}

async function pdfOf(
  deps: PrivacyDeps,
  row: RequestRow,
  kind: LetterKind,
  { lang, marked, erased }: Pick<LetterFacts, 'lang' | 'marked' | 'erased'>,
): Promise<Buffer> {
  const policy = deps.policies.get(row.policy);
  const steps = await stepsOf(deps.db, row.id);
  return letterPdf(
    {
      kind,
      lang,
      number: numberOf(row),
      name: openAsked(deps, row.id, row.asked_sealed).name,
      request: row.kind,
      channel: row.channel,
      receivedOn: formatDay(dayOf(row.received_at, deps.settings.zone)),
      due: row.extended_to ?? row.due,
      reason: noteOf(deps, row, steps, kind === 'extension' ? 'extend' : 'decide'),
      outcome: row.outcome,
      ground: row.ground === null ? undefined : policy.grounds[row.ground],
      marked,
      erased,
      archive: deps.archiveName,
      at: deps.now(),
      zone: deps.settings.zone,
    },
    deps.signer,
  );
}

/**
 * What was destroyed, by which registers and certificates; and on which grounds the rest was not. That it was supervised is said
 * once the certificate says so, which a restored catalogue may not have.
 */
async function erasedOf(deps: PrivacyDeps, row: RequestRow, erasures: Erasures): Promise<NonNullable<LetterFacts['erased']>> {
  const carried = (await registersOf(deps.db, row.id)).flatMap((one) => (one.executedAt === null ? [] : [{ ...one, at: one.executedAt }]));
  if (carried.some((one) => one.certificate === null)) throw new CodedError('not_fulfilled', { params: { missing: 'certificate' } });
  const all = [...carried, ...(await replayedOf(deps.db, row.id))];
  const { grounds } = deps.policies.get(row.policy);
  const last = all.reduce((latest, one) => Math.max(latest, one.at.getTime()), 0);
  return {
    destroyed: erasures.destroyed,
    bound: erasures.bound,
    grounds: (await boundGrounds(deps.db, row.id)).flatMap((id) => grounds[id] ?? []),
    on: formatDay(dayOf(new Date(last), deps.settings.zone)),
    registers: all.map((one) => one.number),
    certificates: carried.flatMap((one) => one.certificate ?? []),
  };
}

function noteOf(deps: PrivacyDeps, row: RequestRow, steps: readonly StepRow[], step: PrivacyStep): string {
  const sealed = steps.findLast((one) => one.step === step)?.note_sealed;
  return sealed ? openField(deps.keystore.secret('catalogue'), noteContext(row.id), sealed) : '';
}

/** A letter as it was made; opening it is on record. */
export async function readLetter(deps: PrivacyDeps, actor: Actor, input: { id: string; letter: string }): Promise<{ name: string; pdf: Buffer }> {
  return onRequest(deps, actor, { step: 'letter', id: input.id }, async () => {
    mayLook(deps, actor);
    const row = await requestById(deps.db, input.id);
    const letter = row && (await letterById(deps.db, row.id, input.letter));
    if (!row || !letter) throw new CodedError('not_found');
    await deps.db.tx((tx) =>
      deps.audit.append(tx, {
        actor,
        act: 'privacy.letter_read',
        subject: { kind: 'privacyRequest', id: row.id },
        decision: 'allow',
        policy: deps.access.version(),
        facts: { letter: letter.id, kind: letter.kind },
      }),
    );
    const pdf = Buffer.from(openField(deps.keystore.secret('catalogue'), letterContext(letter.id), letter.pdf_sealed), 'base64');
    return { name: `${numberOf(row)}-${letter.kind}-${letter.lang}.pdf`, pdf };
  });
}
