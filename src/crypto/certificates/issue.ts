import { createHash, type KeyObject, sign } from 'node:crypto';
import { bits, type Der, fromBytes, integer, member, octets, oid, sequence, setOf, tagged, time, toBytes, truth, utf8 } from './der.js';

/** ECDSA with SHA-256; its parameters are absent (RFC 5758). */
export const ECDSA_SHA256 = '1.2.840.10045.4.3.2';
const COMMON_NAME = '2.5.4.3';
const ORGANISATION = '2.5.4.10';
const SUBJECT_KEY = '2.5.29.14';
const KEY_USAGE = '2.5.29.15';
const BASIC_CONSTRAINTS = '2.5.29.19';
const AUTHORITY_KEY = '2.5.29.35';

export interface Name {
  /** Longest 64 characters each (X.520). */
  commonName: string;
  organisation: string;
}

export interface CertificateInput {
  /** `authority` may sign certificates and nothing else, `signing` documents and nothing else. */
  kind: 'authority' | 'signing';
  subject: Name;
  publicKey: KeyObject;
  issuer: { name: Name; privateKey: KeyObject; publicKey: KeyObject };
  /** 16 random bytes. */
  serial: Buffer;
  from: Date;
  until: Date;
}

const short = (text: string): string => Array.from(text).slice(0, 64).join('');

function distinguished(name: Name): Der {
  const part = (type: string, text: string): Der => setOf(sequence(oid(type), utf8(short(text))));
  return sequence(part(ORGANISATION, name.organisation), part(COMMON_NAME, name.commonName));
}

const spki = (key: KeyObject): Der => fromBytes(key.export({ type: 'spki', format: 'der' }));

/** SHA-1 of the key's bits: an identifier, not a protection (RFC 5280 §4.2.1.2). */
function keyId(key: KeyObject): Buffer {
  const value = member(spki(key), 1).value as unknown as string;
  return createHash('sha1').update(Buffer.from(value, 'latin1').subarray(1)).digest();
}

function extension(id: string, critical: boolean, value: Der): Der {
  return sequence(oid(id), ...(critical ? [truth()] : []), octets(toBytes(value)));
}

function extensions(input: CertificateInput): Der {
  const authority = input.kind === 'authority';
  // digitalSignature + nonRepudiation, or keyCertSign + cRLSign
  const usage = authority ? bits(Buffer.from([0x06]), 1) : bits(Buffer.from([0xc0]), 6);
  return sequence(
    extension(BASIC_CONSTRAINTS, true, authority ? sequence(truth(), integer(0)) : sequence()),
    extension(KEY_USAGE, true, usage),
    extension(SUBJECT_KEY, false, octets(keyId(input.publicKey))),
    extension(AUTHORITY_KEY, false, sequence(tagged(0, false, keyId(input.issuer.publicKey).toString('latin1')))),
  );
}

/** A positive INTEGER of at most 16 bytes. */
function positive(serial: Buffer): Buffer {
  const value = Buffer.from(serial);
  value[0] = ((value[0] ?? 0) & 0x3f) | 0x40;
  return value;
}

/** An X.509 certificate of version 3 in DER. */
export function issueCertificate(input: CertificateInput): Buffer {
  const algorithm = sequence(oid(ECDSA_SHA256));
  const body = sequence(
    tagged(0, true, [integer(2)]),
    integer(positive(input.serial)),
    algorithm,
    distinguished(input.issuer.name),
    sequence(time(input.from), time(input.until)),
    distinguished(input.subject),
    spki(input.publicKey),
    tagged(3, true, [extensions(input)]),
  );
  const signature = sign('sha256', toBytes(body), input.issuer.privateKey);
  return toBytes(sequence(body, algorithm, bits(signature)));
}

/** Issuer and serial number of a certificate, as a signature names them. */
export function issuerAndSerial(certificate: Buffer): { issuer: Der; serial: Der } {
  const body = member(fromBytes(certificate), 0);
  return { serial: member(body, 1), issuer: member(body, 3) };
}

/** DER as PEM, in lines of 64. */
export function pem(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
