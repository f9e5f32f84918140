import { createHash, X509Certificate } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { readCms } from '../../../crypto/index.js';
import { registerDigest, digestText } from '../../register/index.js';
import { CERTIFICATE_FORMAT, type CertificateData } from './data.js';

export type CertificateFault = 'not_signed' | 'changed' | 'signature' | 'chain' | 'authority' | 'time' | 'no_data' | 'digest';
export type VerifiedCertificate = { ok: true; data: CertificateData; subject: string; fingerprint: string } | { ok: false; why: CertificateFault };

const fingerprintOf = (der: Buffer): string => createHash('sha256').update(der).digest('hex');

/**
 * Checks a certificate of destruction by itself: that it is signed whole, by a certificate that the authority issued, and that
 * the list inside has the digest which everybody signed. Needs no database.
 * @param authorities SHA-256 of the certificates that are taken for the archive's authority, hexadecimal
 */
export function verifyCertificate(pdf: Buffer, authorities: readonly string[]): VerifiedCertificate {
  const refuse = (why: CertificateFault): VerifiedCertificate => ({ ok: false, why });
  const range = /\/ByteRange \[0 (\d+) (\d+) (\d+)\s*\]/.exec(pdf.toString('latin1'));
  if (!range) return refuse('not_signed');
  const [from = 0, until = 0, rest = 0] = range.slice(1).map(Number);
  if (from >= until || until + rest !== pdf.length) return refuse('changed');
  let cms: ReturnType<typeof readCms>;
  try {
    cms = readCms(Buffer.from(pdf.subarray(from + 1, until - 1).toString('latin1'), 'hex'));
  } catch {
    return refuse('signature');
  }
  const digest = createHash('sha256').update(pdf.subarray(0, from)).update(pdf.subarray(until)).digest();
  if (!digest.equals(cms.digest)) return refuse('changed');
  if (!cms.signed) return refuse('signature');
  const [own, above] = cms.chain;
  if (!own || !above) return refuse('chain');
  const [signer, issuer] = [new X509Certificate(own), new X509Certificate(above)];
  if (!signer.checkIssued(issuer) || !signer.verify(issuer.publicKey)) return refuse('chain');
  if (!authorities.includes(fingerprintOf(above))) return refuse('authority');
  const data = dataIn(pdf);
  if (!data) return refuse('no_data');
  const at = new Date(data.madeAt);
  if (!(new Date(signer.validFrom) <= at && at <= new Date(signer.validTo))) return refuse('time');
  const items = data.items.map((item) => {
    const { state: _, ...facts } = item;
    return facts;
  });
  if (items.length === 0 || digestText(registerDigest(data.register.number, items)) !== data.register.digest) return refuse('digest');
  return { ok: true, data, subject: signer.subject.replaceAll('\n', ', '), fingerprint: fingerprintOf(own) };
}

/** The JSON attached to one of our documents. */
function dataIn(pdf: Buffer): CertificateData | undefined {
  const start = pdf.indexOf('/Type /EmbeddedFile');
  const end = start < 0 ? -1 : pdf.indexOf('stream\n', start);
  const length = start < 0 || end < 0 ? null : /\/Length (\d+)/.exec(pdf.subarray(start, end).toString('latin1'));
  if (!length) return undefined;
  const bytes = pdf.subarray(end + 7, end + 7 + Number(length[1] ?? 0));
  try {
    const packed = pdf.subarray(start, end).includes('/FlateDecode');
    const data = JSON.parse((packed ? inflateSync(bytes, { maxOutputLength: 2 ** 30 }) : bytes).toString('utf8')) as CertificateData;
    return data.format === CERTIFICATE_FORMAT ? data : undefined;
  } catch {
    return undefined;
  }
}
