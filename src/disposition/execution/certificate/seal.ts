import { createHash } from 'node:crypto';
import type { Audit } from '../../../audit/index.js';
import { newId } from '../../../db/index.js';
import type { Staged, Vault } from '../../../vault/index.js';
import { digestText } from '../../register/index.js';
import type { LogPlace } from './data.js';

/** A signed document that waits for the catalogue to name it. */
export interface SealedCertificate {
  id: string;
  number: string;
  staged: Staged;
  documentDigest: string;
  dataDigest: string;
  at: Date;
}

const sha256 = (data: Buffer | string): string => digestText(createHash('sha256').update(data).digest());

/** Stages a signed certificate as a sealed object of its own; it is a certificate only once the catalogue names it. */
export async function sealCertificate(
  deps: { vault: Pick<Vault, 'stage'>; settings: { fonds: string } },
  made: { number: string; madeAt: string; json: string; pdf: Buffer },
): Promise<SealedCertificate> {
  const { number, madeAt, json, pdf } = made;
  const id = newId();
  const staged = await deps.vault.stage({ recordId: id, versionId: id, fonds: deps.settings.fonds, body: pdf, size: pdf.length, replay: false });
  return { id, number, staged, documentDigest: sha256(pdf), dataDigest: sha256(json), at: new Date(madeAt) };
}

/** Where an entry stands in the signed log, by which anyone finds it there. */
export async function placeOf(deps: { audit: Pick<Audit, 'settled'> }, entry: string): Promise<LogPlace> {
  return deps.audit.settled({ id: entry }).then(
    ({ log, sequence }) => ({ entry, log, sequence: Number(sequence) }),
    () => ({ entry, log: null, sequence: null }),
  );
}
