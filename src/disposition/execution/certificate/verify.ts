import { registerDigest, digestText } from '../../register/index.js';
import { CERTIFICATE_FORMAT, type CertificateData } from './data.js';
import { signedData, type SignedCertificate } from './signed.js';

export type VerifiedCertificate = SignedCertificate<CertificateData>;

/**
 * Checks a certificate of destruction by itself: that it is signed whole, by a certificate that the authority issued, and that
 * the list inside has the digest which everybody signed. Needs no database.
 * @param authorities SHA-256 of the certificates that are taken for the archive's authority, hexadecimal
 */
export function verifyCertificate(pdf: Buffer, authorities: readonly string[]): VerifiedCertificate {
  const found = signedData<CertificateData>(pdf, authorities, CERTIFICATE_FORMAT);
  if (!found.ok) return found;
  const items = found.data.items.map((item) => {
    const { state: _, ...facts } = item;
    return facts;
  });
  const { number, digest } = found.data.register;
  return items.length > 0 && digestText(registerDigest(number, items)) === digest ? found : { ok: false, why: 'digest' };
}
