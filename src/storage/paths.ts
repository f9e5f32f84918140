import { CodedError } from '../errors/index.js';

export interface ObjectPlace {
  archive: string;
  fonds: string;
  record: string;
  version: string;
  object: string;
}

const FORM = 'v1';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const FONDS = /^[A-Z0-9]{1,10}$/;
/** No empty or hidden segment and none that climbs, whatever store it ends in. */
const KEY = /^[A-Za-z0-9_][A-Za-z0-9_.-]*(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/;

/** `v1/<archive>/<fonds>/<record>/<version>/<object>` */
export function objectKey(place: ObjectPlace): string {
  const { archive, fonds, record, version, object } = place;
  if (!FONDS.test(fonds) || ![archive, record, version, object].every((id) => UUID.test(id))) throw new Error('not the place of an object');
  return [FORM, archive, fonds, record, version, object].join('/');
}

/** The place a key names; `undefined` where it is not the key of an object. */
export function parseObjectKey(key: string): ObjectPlace | undefined {
  const [form, archive, fonds, record, version, object, ...rest] = key.split('/');
  if (form !== FORM || rest.length > 0 || !archive || !fonds || !record || !version || !object) return undefined;
  const place = { archive, fonds, record, version, object };
  return FONDS.test(fonds) && [archive, record, version, object].every((id) => UUID.test(id)) ? place : undefined;
}

/** Prefix below which all objects of an archive stand. */
export function archivePrefix(archive: string): string {
  return `${FORM}/${archive}/`;
}

/** Throws on a key that no store may be asked to use. */
export function checkKey(key: string): void {
  if (key.length > 900 || !KEY.test(key)) throw new CodedError('internal', { detail: 'not a key of the object store' });
}
