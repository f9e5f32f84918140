import { attachedTo, fingerprintOf, readSigned } from '../../documents/index.js';

/**
 * Checks the signed document of a pack: that it is signed whole, by a certificate that an authority issued, and that the manifest
 * inside is this one (pure).
 */
export function checkDocument(pdf: Buffer, manifest: Buffer, authorities: readonly string[]): 'fits' | 'document' | 'authority' {
  const signed = readSigned(pdf);
  if (!signed.ok || !attachedTo(pdf, 2 ** 28)?.equals(manifest)) return 'document';
  return authorities.includes(fingerprintOf(signed.issuer)) ? 'fits' : 'authority';
}
