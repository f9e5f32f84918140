const OBJECT = Buffer.from('lantai/object/v1\0', 'latin1');

/** The 16 bytes of a UUID in its usual text form. */
export function uuidBytes(id: string): Buffer {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
  if (bytes.length !== 16 || id.length !== 36) throw new Error('not a UUID');
  return bytes;
}

/** The usual text form of the 16 bytes of a UUID. */
export function uuidText(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  if (hex.length !== 32) throw new Error('not a UUID');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

export interface ObjectIds {
  archive: string;
  record: string;
  version: string;
  object: string;
}

/** What binds a sealed object to its place: another object's bytes cannot stand in for it. */
export function objectContext(ids: ObjectIds): Buffer {
  return Buffer.concat([OBJECT, uuidBytes(ids.archive), uuidBytes(ids.record), uuidBytes(ids.version), uuidBytes(ids.object)]);
}
