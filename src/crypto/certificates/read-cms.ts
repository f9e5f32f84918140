import { verify, X509Certificate } from 'node:crypto';
import { type Der, fromBytes, member, oid, setOf, toBytes } from './der.js';

const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';

export interface CmsReading {
  /** SHA-256 that was signed. */
  digest: Buffer;
  /** DER of the certificates inside, the signer's own first. */
  chain: Buffer[];
  /** Whether the signer's own certificate made the signature. */
  signed: boolean;
}

/** The parts of a structure. */
function parts(value: Der): Der[] {
  if (!Array.isArray(value.value)) throw new Error('not the structure that was expected');
  return value.value;
}

const raw = (value: Der): Buffer => Buffer.from(value.value as string, 'latin1');

/** Cuts what follows the outermost structure: a signature in a PDF is filled up with zeros. */
function trimmed(der: Buffer): Buffer {
  const long = der.readUInt8(1);
  if (long < 0x80) return der.subarray(0, 2 + long);
  const bytes = long & 0x7f;
  return der.subarray(0, 2 + bytes + der.readUIntBE(2, bytes));
}

/** Reads a detached CMS signature of the form that `detachedCms` makes; throws on another one. */
export function readCms(der: Buffer): CmsReading {
  const signed = member(member(fromBytes(trimmed(der)), 1), 0);
  const chain = parts(member(signed, 3)).map(toBytes);
  const signer = member(member(signed, 4), 0);
  const attributes = parts(member(signer, 3));
  const wanted = oid(MESSAGE_DIGEST).value;
  const attribute = attributes.find((one) => member(one, 0).value === wanted);
  if (!attribute) throw new Error('no digest is signed');
  const serial = raw(member(member(signer, 1), 1))
    .toString('hex')
    .replace(/^0+/, '')
    .toUpperCase();
  const ordered = [...chain].sort((one) => (new X509Certificate(one).serialNumber.replace(/^0+/, '') === serial ? -1 : 1));
  const [own] = ordered;
  if (!own) throw new Error('no certificate');
  return {
    digest: raw(member(member(attribute, 1), 0)),
    chain: ordered,
    signed: verify('sha256', toBytes(setOf(...attributes)), new X509Certificate(own).publicKey, raw(member(signer, 5))),
  };
}
