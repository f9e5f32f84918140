import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../canonical-json.js';
import { uuidBytes } from '../context.js';
import { unwrapKey, wrapKey } from '../wrap.js';
import { keyUnavailable } from './files.js';
import { deriveSecret } from './root.js';
import { KEK_STATES, type KekId, type KekInfo, type KekState } from './types.js';

const form = z.strictObject({
  v: z.literal(1),
  bucket: z.uuid(),
  generation: z.int().min(1),
  state: z.enum(KEK_STATES),
  createdAt: z.iso.datetime(),
  changedAt: z.iso.datetime(),
  /** Wrapped under the root; `null` once destroyed. */
  key: z.base64().nullable(),
  /** Over all the rest, so that a state cannot be turned back by editing the file. */
  mac: z.base64(),
});
type KekFile = Omit<z.infer<typeof form>, 'mac'>;

export function fileName(id: KekId): string {
  return `${id.bucket}-${id.generation}.json`;
}

function ids(id: KekId): Buffer {
  const generation = Buffer.alloc(4);
  generation.writeUInt32BE(id.generation);
  return Buffer.concat([Buffer.from('lantai/kek/v1\0', 'latin1'), uuidBytes(id.bucket), generation]);
}

function mac(root: KeyObject, file: KekFile): Buffer {
  return createHmac('sha256', deriveSecret(root, 'keystore')).update(canonicalJson(file)).digest();
}

function write(root: KeyObject, file: KekFile): string {
  return canonicalJson({ ...file, mac: mac(root, file).toString('base64') });
}

export function newKek(root: KeyObject, id: KekId, at: Date): string {
  const key = wrapKey(root, ids(id), createSecretKey(randomBytes(32))).toString('base64');
  const time = at.toISOString();
  return write(root, { v: 1, bucket: id.bucket, generation: id.generation, state: 'active', createdAt: time, changedAt: time, key });
}

/** Reads a KEK's file; `key_unavailable` where it is not what this keystore wrote. */
export function readKek(root: KeyObject, text: string): KekFile {
  let parsed: z.infer<typeof form>;
  try {
    parsed = form.parse(JSON.parse(text));
  } catch {
    throw keyUnavailable('a key file is not readable');
  }
  const { mac: found, ...file } = parsed;
  const wanted = mac(root, file);
  const given = Buffer.from(found, 'base64');
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw keyUnavailable('a key file was changed by another hand');
  return file;
}

export function withState(root: KeyObject, file: KekFile, state: KekState, at: Date): string {
  return write(root, { ...file, state, changedAt: at.toISOString(), key: state === 'destroyed' || state === 'destroying' ? null : file.key });
}

export function unsealKek(root: KeyObject, file: KekFile): KeyObject {
  if (file.key === null) throw keyUnavailable('the key was destroyed');
  return unwrapKey(root, ids(file), Buffer.from(file.key, 'base64'));
}

export function infoOf(file: KekFile): KekInfo {
  return { bucket: file.bucket, generation: file.generation, state: file.state, createdAt: file.createdAt, changedAt: file.changedAt };
}
