import { createHash } from 'node:crypto';
import { assertSecondFactor, recordDisclosure } from '../../access/index.js';
import type { Actor } from '../../audit/index.js';
import { newId, type Queryable } from '../../db/index.js';
import { certifiedCopyPdf, timeText } from '../../documents/index.js';
import { check, CodedError } from '../../errors/index.js';
import { openReading, returnReading } from '../../records/index.js';
import { onRequest } from '../refusal.js';
import { openOutsider, openText } from '../seals.js';
import { findRequest, lockRequest, recordsOfRequest, type RequestRecord, type RequestRow } from '../store.js';
import type { CertifyDeps } from './deps.js';
import { CERTIFY_LIMITS, certifyInput, type CertifyInput, type ChosenPage } from './input.js';
import { paintPages } from './pages.js';
import { holdForCopy, insertCertifiedCopy, isGrantLive, nextCopyNumber } from './store.js';

export interface CertifiedCopy {
  id: string;
  number: string;
  pages: number;
  digest: string;
}

/**
 * Makes a certified copy 查档出证 of pages of one record for the person from outside whose application was approved as a
 * copy (R103): read under a reading as everybody reads, painted so that nothing of the original comes along, signed, kept
 * sealed as a document of its own, and on the register of disclosures with the basis of the application.
 */
export async function certifyCopy(deps: CertifyDeps, actor: Actor, requestId: string, given: CertifyInput): Promise<CertifiedCopy> {
  return onRequest(deps, actor, { id: requestId, step: 'certify' }, async () => {
    deps.access.authorize(actor, 'copy.certify');
    assertSecondFactor(actor);
    const asked = check(certifyInput, given);
    const row = await findRequest(deps.db, requestId);
    if (!row || !maySeeCopies(deps, actor, row)) throw new CodedError('not_found');
    await assertApproved(deps, deps.db, row);
    const record = (await recordsOfRequest(deps.db, row.id)).find((one) => one.record_id === asked.recordId && one.kept && one.fit === 'fit');
    if (!record) throw new CodedError('not_found');
    const reading = await openReading(deps, actor, { recordId: record.record_id, purpose: row.purpose, ticket: row.number, ...underOf(actor, row, false) });
    let whole = false;
    try {
      const at = deps.now();
      const jpegs = await paintPages(deps, actor, reading.id, asked.pages, [row.number, timeText(at, deps.settings.zone)]);
      const made = await keep(deps, actor, { row, record, readingId: reading.id, chosen: asked.pages, jpegs, at });
      whole = true;
      return made;
    } finally {
      await returnReading(deps, actor, { readingId: reading.id, result: whole ? 'solved' : 'not_needed' }).catch((error: unknown) => {
        // it may have ended meanwhile: then it is over anyway
        if (!(error instanceof CodedError)) throw error;
      });
    }
  });
}

/** The applicant reads under the very grant of the application, also where a role would do; whoever else certifies reads by role. */
export function underOf(actor: Actor, row: RequestRow, seenOnly: boolean): { under?: { grantId: string; seenOnly: boolean } } {
  return row.grant_id === null || row.applicant !== actor.personId ? {} : { under: { grantId: row.grant_id, seenOnly } };
}

/** Copies of an application are for its applicant, and for whoever keeps the register and may see every one. */
export function maySeeCopies(deps: Pick<CertifyDeps, 'access'>, actor: Actor, row: Pick<RequestRow, 'applicant'>): boolean {
  return row.applicant === actor.personId || (deps.access.mayEver(actor, 'request.register') && deps.access.mayEver(actor, 'request.resolve'));
}

/** A copy leaves only what was approved as a copy, for somebody outside, within its time, and not once the grant was taken back. */
export async function assertApproved(deps: CertifyDeps, db: Queryable, row: RequestRow): Promise<void> {
  const now = deps.now();
  const inTime = row.left_starts_at <= now && now < row.left_ends_at;
  if (row.kind === 'external' && row.state === 'approved' && row.left_acts.includes('download') && inTime && (await isGrantLive(db, row.grant_id))) return;
  throw new CodedError('wrong_state', { params: { state: row.state, step: 'certify' } });
}

interface Painted {
  row: RequestRow;
  record: RequestRecord;
  readingId: string;
  chosen: readonly ChosenPage[];
  jpegs: readonly Buffer[];
  at: Date;
}

/** Number, signature, object, entry and disclosure come to be together, or not at all. */
async function keep(deps: CertifyDeps, actor: Actor, one: Painted): Promise<CertifiedCopy> {
  const { row, record, chosen, at } = one;
  const by = actor.personId;
  if (by === null) throw new CodedError('forbidden');
  const id = newId();
  const boxes = chosen.reduce((sum, page) => sum + page.boxes.length, 0);
  const outsider = openOutsider(deps, row.id, row.outsider_sealed);
  const recipient = [outsider?.name ?? '', outsider?.organisation ?? '']
    .filter((part) => part !== '')
    .join(' · ')
    .slice(0, 200);
  const year = Number(new Intl.DateTimeFormat('en', { year: 'numeric', timeZone: deps.settings.zone }).format(at));
  return deps.db.tx(async (tx) => {
    const locked = await lockRequest(tx, row.id);
    if (!locked) throw new CodedError('not_found');
    await assertApproved(deps, tx, locked);
    if (!(await holdForCopy(tx, record.record_id))) throw new CodedError('not_found');
    const number = await nextCopyNumber(tx, year);
    const pdf = await certifiedCopyPdf(
      {
        number,
        request: row.number,
        recipient,
        record: record.archival_code ?? record.service_no,
        basis: row.basis ?? '',
        law: row.law,
        boxes,
        pages: one.jpegs.map((jpeg, i) => ({ jpeg, page: chosen[i]?.page ?? 1 })),
        archive: deps.archiveName,
        at,
        zone: deps.settings.zone,
      },
      deps.signer,
    );
    if (pdf.length > CERTIFY_LIMITS.bytes) throw new CodedError('too_large', { params: { max: CERTIFY_LIMITS.bytes } });
    const digest = `sha256:${createHash('sha256').update(pdf).digest('hex')}`;
    const staged = await deps.vault.stage({ recordId: id, versionId: newId(), fonds: deps.settings.fonds, body: pdf, size: pdf.length, replay: false });
    await assertApproved(deps, tx, locked); // painting and signing took their time
    await deps.vault.record(tx, [staged]);
    const entry = await deps.audit.append(tx, {
      actor,
      act: 'copy.certify',
      subject: { kind: 'certifiedCopy', id },
      purpose: row.purpose,
      decision: 'allow',
      policy: deps.access.version(),
      facts: { number, request: row.id, record: record.record_id, reading: one.readingId, pages: chosen.length, boxes, digest, object: staged.objectId },
    });
    const disclosure = await recordDisclosure(tx, deps, actor, {
      kind: 'certified_copy',
      sourceId: id,
      recipient,
      recordIds: [record.record_id],
      disclosure: { basis: row.basis, reference: openText(deps, row.id, 'reference', row.reference_sealed), law: row.law, assessment: row.assessment },
    });
    await insertCertifiedCopy(tx, {
      id,
      number,
      request: row.id,
      record: record.record_id,
      reading: one.readingId,
      object: staged.objectId,
      size: pdf.length,
      digest,
      pages: chosen.length,
      boxes,
      by,
      at,
      disclosure: disclosure.id,
      entry: entry.id,
    });
    return { id, number, pages: chosen.length, digest };
  });
}
