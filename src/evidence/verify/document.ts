import { createHash, X509Certificate } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { readCms } from '../../crypto/index.js';

const fingerprintOf = (der: Buffer): string => createHash('sha256').update(der).digest('hex');

/**
 * Checks the signed document of a pack: that it is signed whole, by a certificate that an authority issued, and that the manifest
 * inside is this one (pure).
 */
export function checkDocument(pdf: Buffer, manifest: Buffer, authorities: readonly string[]): 'fits' | 'document' | 'authority' {
  const range = /\/ByteRange \[0 (\d+) (\d+) (\d+)\s*\]/.exec(pdf.toString('latin1'));
  const [from = 0, until = 0, rest = 0] = (range ?? []).slice(1).map(Number);
  // what the signature leaves out is its own digits alone: in their padding a second manifest would have room
  const [, digits] = /^<([0-9a-fA-F]+)>$/.exec(pdf.subarray(from, until).toString('latin1')) ?? [];
  if (from === 0 || digits === undefined || until + rest !== pdf.length) return 'document';
  try {
    const cms = readCms(Buffer.from(digits, 'hex'));
    const digest = createHash('sha256').update(pdf.subarray(0, from)).update(pdf.subarray(until)).digest();
    const [own, above] = cms.chain;
    if (!digest.equals(cms.digest) || !cms.signed || !own || !above) return 'document';
    const [signer, issuer] = [new X509Certificate(own), new X509Certificate(above)];
    if (!signer.checkIssued(issuer) || !signer.verify(issuer.publicKey) || !attached(pdf)?.equals(manifest)) return 'document';
    return authorities.includes(fingerprintOf(above)) ? 'fits' : 'authority';
  } catch {
    return 'document';
  }
}

/** The file inside one of our documents. */
function attached(pdf: Buffer): Buffer | undefined {
  const start = pdf.indexOf('/Type /EmbeddedFile');
  const end = start < 0 ? -1 : pdf.indexOf('stream\n', start);
  const length = end < 0 ? null : /\/Length (\d+)/.exec(pdf.subarray(start, end).toString('latin1'));
  if (!length) return undefined;
  const bytes = pdf.subarray(end + 7, end + 7 + Number(length[1]));
  return pdf.subarray(start, end).includes('/FlateDecode') ? inflateSync(bytes, { maxOutputLength: 2 ** 28 }) : bytes;
}
