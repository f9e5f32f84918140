import { createHash, type KeyObject, sign } from 'node:crypto';
import { type Der, fromBytes, integer, octets, oid, sequence, setOf, tagged, toBytes } from './der.js';
import { ECDSA_SHA256, issuerAndSerial } from './issue.js';

const DATA = '1.2.840.113549.1.7.1';
const SIGNED_DATA = '1.2.840.113549.1.7.2';
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47';
const SHA256 = '2.16.840.1.101.3.4.2.1';

export interface CmsInput {
  /** SHA-256 of what is signed. */
  digest: Buffer;
  privateKey: KeyObject;
  /** DER, the signer's own first, then those above it. */
  chain: readonly Buffer[];
}

/**
 * A detached CMS signature (RFC 5652) in DER with the attributes of CAdES-B: content type, digest and the signer's own
 * certificate (RFC 5035), so that no other certificate of the same key can take its place. No signing time: in a PDF the
 * signature dictionary says it.
 */
export function detachedCms({ digest, privateKey, chain }: CmsInput): Buffer {
  const [own] = chain;
  if (!own) throw new Error('no certificate');
  const { issuer, serial } = issuerAndSerial(own);
  const attribute = (type: string, value: Der): Der => sequence(oid(type), setOf(value));
  // SHA-256 is the default of ESSCertIDv2 and is left out; the issuer stands as a GeneralName of the kind directoryName
  const ess = sequence(sequence(sequence(octets(createHash('sha256').update(own).digest()), sequence(sequence(tagged(4, true, [issuer])), serial))));
  const attributes = setOf(attribute(CONTENT_TYPE, oid(DATA)), attribute(MESSAGE_DIGEST, octets(digest)), attribute(SIGNING_CERTIFICATE_V2, ess));
  const signature = sign('sha256', toBytes(attributes), privateKey);
  const signer = sequence(
    integer(1),
    sequence(issuer, serial),
    sequence(oid(SHA256)),
    tagged(0, true, attributes.value as Der[]), // signed as a SET, sent under its tag (RFC 5652 §5.4)
    sequence(oid(ECDSA_SHA256)),
    octets(signature),
  );
  const signed = sequence(
    integer(1),
    setOf(sequence(oid(SHA256))),
    sequence(oid(DATA)),
    tagged(0, true, setOf(...chain.map(fromBytes)).value as Der[]),
    setOf(signer),
  );
  return toBytes(sequence(oid(SIGNED_DATA), tagged(0, true, [signed])));
}
