import { createHash, verify, X509Certificate } from 'node:crypto';
import forge from 'node-forge';
import { type Der, fromBytes, integer, member, octets, oid, sequence, toBytes, truth } from './der.js';

const SHA256 = '2.16.840.1.101.3.4.2.1';
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
/** Digest algorithms of signatures that are accepted. */
const DIGESTS: Readonly<Record<string, string>> = {
  [SHA256]: 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

/** What a time-stamping authority says: that these bytes were there at that time (RFC 3161). */
export interface Timestamp {
  at: Date;
  /** SHA-256 of what was stamped. */
  digest: Buffer;
  nonce: Buffer | null;
  /** Name of the authority's certificate. */
  authority: string;
}

const text = (value: Der): Buffer => Buffer.from(value.value as string, 'latin1');
const children = (value: Der): Der[] => (Array.isArray(value.value) ? value.value : []);
const dotted = (value: Der): string => forge.asn1.derToOid(forge.util.createBuffer(value.value as string));
const isTagged = (value: Der, tag: number): boolean => value.tagClass === forge.asn1.Class.CONTEXT_SPECIFIC && (value.type as number) === tag;

/**
 * An RFC 3161 request for these 32 bytes of SHA-256, asking for the certificates too.
 * @param random 8 random bytes
 * @returns the request in DER, and the nonce that the answer must name
 */
export function timestampRequest(digest: Buffer, random: Buffer): { request: Buffer; nonce: Buffer } {
  const nonce = Buffer.from(random);
  nonce[0] = ((nonce[0] ?? 0) & 0x7f) | 0x40; // positive, and in one form only
  return { request: toBytes(sequence(integer(1), sequence(sequence(oid(SHA256)), octets(digest)), integer(nonce), truth())), nonce };
}

/**
 * Reads an RFC 3161 response and checks it: granted, signed over its content by the certificate it names, which may stamp times,
 * was valid then, and was issued by one of `roots` (PEM), directly or through certificates in the token.
 * @returns `undefined` for anything else
 */
export function openTimestamp(response: Buffer, roots: readonly string[]): Timestamp | undefined {
  try {
    return read(response, roots);
  } catch {
    return undefined; // not the structure of RFC 3161, or not a certificate
  }
}

function read(response: Buffer, roots: readonly string[]): Timestamp | undefined {
  const whole = fromBytes(response);
  const status = text(member(member(whole, 0), 0));
  if (status.length !== 1 || (status[0] as number) > 1) return undefined;
  const signed = member(member(member(whole, 1), 1), 0);
  const parts = children(signed);
  const content = member(signed, 2);
  if (dotted(member(content, 0)) !== TST_INFO) return undefined;
  const info = text(member(member(content, 1), 0));
  const certificates = children(parts.find((part) => isTagged(part, 0)) ?? fromBytes(Buffer.from('3000', 'hex'))).map((one) => toBytes(one));
  const signer = member(parts.at(-1) as Der, 0);
  const own = signerOf(signer, certificates);
  const stamp = infoOf(fromBytes(info));
  if (!own || !stamp || !isSigned(signer, info, own) || !mayStamp(own, certificates, roots, stamp.at)) return undefined;
  return { ...stamp, authority: own.subject.replaceAll('\n', ', ') };
}

/** The certificate that the signer names by issuer and serial number. */
function signerOf(signer: Der, certificates: readonly Buffer[]): X509Certificate | undefined {
  const id = member(signer, 1);
  const [issuer, serial] = [toBytes(member(id, 0)), toBytes(member(id, 1))];
  const found = certificates.find((one) => {
    const body = member(fromBytes(one), 0);
    return toBytes(member(body, 1)).equals(serial) && toBytes(member(body, 3)).equals(issuer);
  });
  return found && new X509Certificate(found);
}

function infoOf(info: Der): Omit<Timestamp, 'authority'> | undefined {
  const [, , imprint, , at, ...rest] = children(info);
  if (!imprint || !at || dotted(member(member(imprint, 0), 0)) !== SHA256) return undefined;
  const nonce = rest.find((one) => one.tagClass === forge.asn1.Class.UNIVERSAL && one.type === forge.asn1.Type.INTEGER);
  return { at: timeOf(text(at).toString('latin1')), digest: text(member(imprint, 1)), nonce: nonce ? text(nonce) : null };
}

/** GeneralizedTime in UTC, with or without parts of a second. */
function timeOf(value: string): Date {
  const [, y, mo, d, h, mi, s, part] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d+)?Z$/.exec(value) ?? [];
  if (y === undefined) throw new Error('not a time');
  return new Date(`${y}-${mo}-${d}T${h}:${mi}:${s}${(part ?? '.000').padEnd(4, '0').slice(0, 4)}Z`);
}

/** The signature covers the attributes, and they the content (RFC 5652 §5.4). */
function isSigned(signer: Der, content: Buffer, own: X509Certificate): boolean {
  const algorithm = DIGESTS[dotted(member(member(signer, 2), 0))];
  const attributes = member(signer, 3);
  if (algorithm === undefined || !isTagged(attributes, 0)) return false;
  const value = (type: string): Der | undefined => {
    const found = children(attributes).find((one) => dotted(member(one, 0)) === type);
    return found && member(member(found, 1), 0);
  };
  const [digest, type] = [value(MESSAGE_DIGEST), value(CONTENT_TYPE)];
  if (!digest || !type || dotted(type) !== TST_INFO) return false;
  if (!text(digest).equals(createHash(algorithm).update(content).digest())) return false;
  const covered = toBytes(attributes);
  covered[0] = 0x31; // signed as a SET, sent under its tag
  return verify(algorithm, covered, own.publicKey, text(member(signer, 5)));
}

function mayStamp(own: X509Certificate, certificates: readonly Buffer[], roots: readonly string[], at: Date): boolean {
  if (!own.keyUsage?.includes(TIME_STAMPING)) return false;
  const trusted = roots.map((root) => new X509Certificate(root));
  const between = certificates.map((one) => new X509Certificate(one));
  const holds = (one: X509Certificate): boolean => at >= new Date(one.validFrom) && at <= new Date(one.validTo);
  let at0 = own;
  for (let steps = 0; steps < 6; steps++) {
    if (!holds(at0)) return false;
    if (trusted.some((root) => root.raw.equals(at0.raw) || (holds(root) && at0.checkIssued(root) && at0.verify(root.publicKey)))) return true;
    const above = between.find((one) => one.ca && !one.raw.equals(at0.raw) && at0.checkIssued(one) && at0.verify(one.publicKey));
    if (!above) return false;
    at0 = above;
  }
  return false;
}
