import { attachedTo, fingerprintOf, readSigned, type SignatureFault } from '../../../documents/index.js';
import { registerDigest, digestText } from '../../register/index.js';
import { CERTIFICATE_FORMAT, type CertificateData } from './data.js';

export type CertificateFault = SignatureFault | 'authority' | 'time' | 'no_data' | 'digest';
export type VerifiedCertificate = { ok: true; data: CertificateData; subject: string; fingerprint: string } | { ok: false; why: CertificateFault };

/**
 * Checks a certificate of destruction by itself: that it is signed whole, by a certificate that the authority issued, and that
 * the list inside has the digest which everybody signed. Needs no database.
 * @param authorities SHA-256 of the certificates that are taken for the archive's authority, hexadecimal
 */
export function verifyCertificate(pdf: Buffer, authorities: readonly string[]): VerifiedCertificate {
  const refuse = (why: CertificateFault): VerifiedCertificate => ({ ok: false, why });
  const signed = readSigned(pdf);
  if (!signed.ok) return signed;
  const { signer, issuer } = signed;
  if (!authorities.includes(fingerprintOf(issuer))) return refuse('authority');
  const data = dataIn(pdf);
  if (!data) return refuse('no_data');
  const at = new Date(data.madeAt);
  if (!(new Date(signer.validFrom) <= at && at <= new Date(signer.validTo))) return refuse('time');
  const items = data.items.map((item) => {
    const { state: _, ...facts } = item;
    return facts;
  });
  if (items.length === 0 || digestText(registerDigest(data.register.number, items)) !== data.register.digest) return refuse('digest');
  return { ok: true, data, subject: signer.subject.replaceAll('\n', ', '), fingerprint: fingerprintOf(signer) };
}

/** The JSON attached to one of our documents. */
function dataIn(pdf: Buffer): CertificateData | undefined {
  try {
    const data = JSON.parse(attachedTo(pdf, 2 ** 30)?.toString('utf8') ?? 'null') as CertificateData | null;
    return data?.format === CERTIFICATE_FORMAT ? data : undefined;
  } catch {
    return undefined;
  }
}
