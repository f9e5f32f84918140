import forge from 'node-forge';

/** DER, built by node-forge: only what certificates and signatures of ours need. */
export type Der = forge.asn1.Asn1;

const { asn1 } = forge;
const { Class, Type } = asn1;

const universal = (type: forge.asn1.Type, constructed: boolean, value: Der[] | string): Der => asn1.create(Class.UNIVERSAL, type, constructed, value);

export const sequence = (...parts: Der[]): Der => universal(Type.SEQUENCE, true, parts);
export const oid = (dotted: string): Der => universal(Type.OID, false, asn1.oidToDer(dotted).getBytes());
export const utf8 = (text: string): Der => universal(Type.UTF8, false, forge.util.encodeUtf8(text));
export const octets = (bytes: Buffer): Der => universal(Type.OCTETSTRING, false, bytes.toString('latin1'));
export const bits = (bytes: Buffer, unused = 0): Der => universal(Type.BITSTRING, false, String.fromCharCode(unused) + bytes.toString('latin1'));
export const truth = (): Der => universal(Type.BOOLEAN, false, '\u00ff');
export const integer = (value: number | Buffer): Der =>
  universal(Type.INTEGER, false, typeof value === 'number' ? asn1.integerToDer(value).getBytes() : value.toString('latin1'));

/** SET OF: DER wants its members in the order of their encodings. */
export function setOf(...parts: Der[]): Der {
  const sorted = parts.map((part) => ({ part, bytes: toBytes(part) })).sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  return universal(
    Type.SET,
    true,
    sorted.map(({ part }) => part),
  );
}

/** A context-specific tag around or in the place of what it holds. */
export const tagged = (number: number, constructed: boolean, value: Der[] | string): Der =>
  asn1.create(Class.CONTEXT_SPECIFIC, number as forge.asn1.Type, constructed, value);

/** UTCTime until 2049, GeneralizedTime from then on (RFC 5280 §4.1.2.5). */
export function time(at: Date): Der {
  return at.getUTCFullYear() < 2050
    ? universal(Type.UTCTIME, false, asn1.dateToUtcTime(at) as unknown as string)
    : universal(Type.GENERALIZEDTIME, false, asn1.dateToGeneralizedTime(at) as unknown as string);
}

export const toBytes = (value: Der): Buffer => Buffer.from(asn1.toDer(value).getBytes(), 'latin1');
export const fromBytes = (bytes: Buffer): Der => asn1.fromDer(bytes.toString('latin1'));

/** One member of a structure; an error where it is not there. */
export function member(value: Der, at: number): Der {
  const found = Array.isArray(value.value) ? value.value[at] : undefined;
  if (found === undefined) throw new Error('not the structure that was expected');
  return found;
}
