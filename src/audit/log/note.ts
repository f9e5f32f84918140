import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import type { Hash } from './tree.js';

/** Algorithm byte of Ed25519 in C2SP signed notes. */
const ED25519 = 1;
/** DER in front of the 32 bytes of an Ed25519 public key (RFC 8410). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** A signed tree head: C2SP tlog-checkpoint. */
export interface Checkpoint {
  origin: string;
  size: bigint;
  root: Hash;
}

function rawKey(publicKey: KeyObject): Buffer {
  return publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
}

/** Raw bytes of keys: a verifier asks for those of one key for every checkpoint of a year. */
const raw = new WeakMap<KeyObject, Buffer>();

function keyId(name: string, publicKey: KeyObject): Buffer {
  const bytes = raw.get(publicKey) ?? rawKey(publicKey);
  raw.set(publicKey, bytes);
  return createHash('sha256')
    .update(name)
    .update(Buffer.from([0x0a, ED25519]))
    .update(bytes)
    .digest()
    .subarray(0, 4);
}

/** The verifier key in the form that note tools take: `name+id+base64(algorithm ‖ key)`. */
export function verifierKey(name: string, publicKey: KeyObject): string {
  return `${name}+${keyId(name, publicKey).toString('hex')}+${Buffer.concat([Buffer.from([ED25519]), rawKey(publicKey)]).toString('base64')}`;
}

/** Reads a verifier key; throws on a wrong key id. */
export function readVerifierKey(text: string): { name: string; publicKey: KeyObject } {
  const [name, id, ...rest] = text.split('+');
  const bytes = Buffer.from(rest.join('+'), 'base64');
  if (!name || bytes.length !== 33 || bytes[0] !== ED25519) throw new Error('not an Ed25519 verifier key');
  const publicKey = createPublicKey({ key: Buffer.concat([SPKI, bytes.subarray(1)]), format: 'der', type: 'spki' });
  if (keyId(name, publicKey).toString('hex') !== id) throw new Error('key id does not fit the key');
  return { name, publicKey };
}

/** Text of a checkpoint; what the signature covers. */
export function checkpointText(checkpoint: Checkpoint): string {
  return `${checkpoint.origin}\n${checkpoint.size}\n${checkpoint.root.toString('base64')}\n`;
}

/** Signs a text as a C2SP signed note under the name of a key. */
export function signNote(text: string, name: string, keys: { privateKey: KeyObject; publicKey: KeyObject }): string {
  const signature = Buffer.concat([keyId(name, keys.publicKey), sign(null, Buffer.from(text), keys.privateKey)]);
  return `${text}\n— ${name} ${signature.toString('base64')}\n`;
}

/** Signs a checkpoint as a C2SP signed note; the name of the key is the origin of the log. */
export function signCheckpoint(checkpoint: Checkpoint, keys: { privateKey: KeyObject; publicKey: KeyObject }): string {
  return signNote(checkpointText(checkpoint), checkpoint.origin, keys);
}

/** The text of a signed note, if it carries a valid signature of this key under this name. */
export function openNote(note: string, name: string, publicKey: KeyObject): string | undefined {
  const cut = note.lastIndexOf('\n\n');
  if (cut < 0 || !note.endsWith('\n')) return undefined;
  const text = note.slice(0, cut + 1);
  const id = keyId(name, publicKey);
  const signed = note
    .slice(cut + 2, -1)
    .split('\n')
    .some((line) => {
      const [dash, signer, encoded, more] = line.split(' ');
      if (dash !== '—' || signer !== name || encoded === undefined || more !== undefined) return false;
      const bytes = Buffer.from(encoded, 'base64');
      return bytes.length === 68 && bytes.subarray(0, 4).equals(id) && verify(null, Buffer.from(text), publicKey, bytes.subarray(4));
    });
  return signed ? text : undefined;
}

/** The checkpoint in a note that is signed under its own origin; `undefined` for anything else. */
export function openCheckpoint(note: string, publicKey: KeyObject): Checkpoint | undefined {
  const name = note.slice(0, note.indexOf('\n'));
  const [origin, size, root] = openNote(note, name, publicKey)?.split('\n') ?? [];
  if (!origin || !size || !root || !/^(0|[1-9][0-9]{0,18})$/.test(size) || !/^[A-Za-z0-9+/]{43}=$/.test(root)) return undefined;
  return { origin, size: BigInt(size), root: Buffer.from(root, 'base64') };
}
