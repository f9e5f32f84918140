const OBJECT = Buffer.from('lantai/object/v1\0', 'latin1');

/** The 16 bytes of a UUID in its usual text form. */
export function uuidBytes(id: string): Buffer {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
  if (bytes.length !== 16 || id.length !== 36) throw new Error('not a UUID');
  return bytes;
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
