import { createHash, X509Certificate } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { readCms } from '../../crypto/index.js';

export type SignatureFault = 'not_signed' | 'changed' | 'signature' | 'chain';
/** By whom a document is signed, or why it is not. */
export type SignedDocument = { ok: true; signer: X509Certificate; issuer: X509Certificate } | { ok: false; why: SignatureFault };

/**
 * Checks one of our documents by itself: that it is signed whole, by a certificate that the other one inside issued (pure). Whether
 * that one is to be trusted, and at what time, is the caller's to ask.
 */
export function readSigned(pdf: Buffer): SignedDocument {
  const refuse = (why: SignatureFault): SignedDocument => ({ ok: false, why });
  const range = /\/ByteRange \[0 (\d+) (\d+) (\d+)\s*\]/.exec(pdf.toString('latin1'));
  if (!range) return refuse('not_signed');
  const [from = 0, until = 0, rest = 0] = range.slice(1).map(Number);
  // what the signature leaves out is its own digits alone: in their padding a second attachment would have room
  const [, digits] = /^<([0-9a-fA-F]+)>$/.exec(pdf.subarray(from, until).toString('latin1')) ?? [];
  if (digits === undefined || until + rest !== pdf.length) return refuse('changed');
  let cms: ReturnType<typeof readCms>;
  try {
    cms = readCms(Buffer.from(digits, 'hex'));
  } catch {
    return refuse('signature');
  }
  const digest = createHash('sha256').update(pdf.subarray(0, from)).update(pdf.subarray(until)).digest();
  if (!digest.equals(cms.digest)) return refuse('changed');
  if (!cms.signed) return refuse('signature');
  try {
    const [own, above] = cms.chain;
    const [signer, issuer] = [new X509Certificate(own ?? ''), new X509Certificate(above ?? '')];
    return signer.checkIssued(issuer) && signer.verify(issuer.publicKey) ? { ok: true, signer, issuer } : refuse('chain');
  } catch {
    return refuse('chain'); // a certificate is missing, or is none
  }
}

/** SHA-256 of a certificate, hexadecimal. */
export const fingerprintOf = (certificate: X509Certificate): string => createHash('sha256').update(certificate.raw).digest('hex');

/** The file inside one of our documents, at most of this size; `undefined` where there is none. */
export function attachedTo(pdf: Buffer, most: number): Buffer | undefined {
  const start = pdf.indexOf('/Type /EmbeddedFile');
  const end = start < 0 ? -1 : pdf.indexOf('stream\n', start);
  const length = end < 0 ? null : /\/Length (\d+)/.exec(pdf.subarray(start, end).toString('latin1'));
  if (!length) return undefined;
  const bytes = pdf.subarray(end + 7, end + 7 + Number(length[1]));
  try {
    return pdf.subarray(start, end).includes('/FlateDecode') ? inflateSync(bytes, { maxOutputLength: most }) : bytes;
  } catch {
    return undefined;
  }
}
