import { attachedTo, fingerprintOf, readSigned, type SignatureFault } from '../../../documents/index.js';

export type CertificateFault = SignatureFault | 'authority' | 'time' | 'no_data' | 'digest' | 'note';
export type SignedCertificate<Data> = { ok: true; data: Data; subject: string; fingerprint: string } | { ok: false; why: CertificateFault };

/**
 * Checks a signed document that carries data of a format: that it is signed whole, by a certificate which the authority issued and which was
 * in force when it was made. Needs no database.
 */
export function signedData<Data extends { format: string; madeAt: string }>(
  pdf: Buffer,
  authorities: readonly string[],
  format: Data['format'],
): SignedCertificate<Data> {
  const refuse = (why: CertificateFault): SignedCertificate<Data> => ({ ok: false, why });
  const signed = readSigned(pdf);
  if (!signed.ok) return signed;
  const { signer, issuer } = signed;
  if (!authorities.includes(fingerprintOf(issuer))) return refuse('authority');
  const data = dataIn(pdf) as Data | undefined;
  if (data?.format !== format) return refuse('no_data');
  const at = new Date(data.madeAt);
  if (!(new Date(signer.validFrom) <= at && at <= new Date(signer.validTo))) return refuse('time');
  return { ok: true, data, subject: signer.subject.replaceAll('\n', ', '), fingerprint: fingerprintOf(signer) };
}

/** The format of the data attached to one of our documents; `undefined` where there are none. */
export function formatIn(pdf: Buffer): string | undefined {
  const { format } = dataIn(pdf) ?? {};
  return typeof format === 'string' ? format : undefined;
}

function dataIn(pdf: Buffer): { format?: unknown } | undefined {
  try {
    return (JSON.parse(attachedTo(pdf, 2 ** 30)?.toString('utf8') ?? 'null') as { format?: unknown } | null) ?? undefined;
  } catch {
    return undefined;
  }
}
