import { createECDH, createHmac, createPrivateKey, createPublicKey, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { newId } from '../../db/index.js';
import { canonicalJson } from '../canonical-json.js';
import { checkPrivate, keyUnavailable, makeFolder, names, readText, syncFolder, writeDurable, writeOnce } from './files.js';
import type { SigningKey } from './types.js';

export const ROOT_FILE = 'root.json';
export const IDENTITY_FILE = 'keystore.json';
export const KEK_FOLDER = 'keks';
const PLACE_FILE = 'place.json';
const placeForm = z.strictObject({ v: z.literal(1), id: z.uuid() });

const rootForm = z.strictObject({ v: z.literal(1), root: z.base64().length(44) });
const identityForm = z.strictObject({ v: z.literal(1), archiveId: z.uuid(), fingerprint: z.string(), createdAt: z.iso.datetime() });
export type Identity = z.infer<typeof identityForm>;

const EMPTY = Buffer.alloc(0);
/** DER of a PKCS#8 Ed25519 key up to its 32-byte seed (RFC 8410). */
const ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

function derive(root: KeyObject, use: string, name: string, length = 32): Buffer {
  if (!/^[a-z0-9][a-z0-9./-]{0,62}$/.test(name)) throw new Error('not a name of a secret');
  return Buffer.from(hkdfSync('sha512', root, EMPTY, `lantai/${use}/v1\0${name}`, length));
}

export function deriveSecret(root: KeyObject, name: string): KeyObject {
  return createSecretKey(derive(root, 'secret', name));
}

export function deriveSigningKey(root: KeyObject, name: string): SigningKey {
  const privateKey = createPrivateKey({ key: Buffer.concat([ED25519, derive(root, 'sign', name)]), format: 'der', type: 'pkcs8' });
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

/** Order of the group of P-256. */
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** From 16 bytes more than the order has, so that no scalar is likelier than another (FIPS 186-5, A.2.1). */
export function deriveCertifyingKey(root: KeyObject, name: string): SigningKey {
  const wide = BigInt(`0x${derive(root, 'certify', name, 48).toString('hex')}`);
  const scalar = Buffer.from(((wide % (P256_ORDER - 1n)) + 1n).toString(16).padStart(64, '0'), 'hex');
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(scalar);
  const point = curve.getPublicKey();
  const [d, x, y] = [scalar, point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url'));
  const privateKey = createPrivateKey({ key: { kty: 'EC', crv: 'P-256', d, x, y } as Record<string, string>, format: 'jwk' });
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

export function fingerprintOf(root: KeyObject, archiveId: string): string {
  return createHmac('sha256', deriveSecret(root, 'keystore')).update(`fingerprint\0${archiveId}`).digest('hex').slice(0, 32);
}

function parse<T>(form: z.ZodType<T>, text: string, file: string): T {
  try {
    return form.parse(JSON.parse(text));
  } catch {
    throw keyUnavailable(`keystore file is not readable: ${file}`); // without a cause, which would quote the file
  }
}

/** Root and identity of a folder; `undefined` where the folder holds no finished keystore. */
export async function readRoot(folder: string): Promise<{ root: KeyObject; identity: Identity } | undefined> {
  const identityText = await readText(folder, IDENTITY_FILE);
  if (identityText === undefined) return undefined;
  const rootText = await readText(folder, ROOT_FILE);
  if (rootText === undefined) throw keyUnavailable('keystore has no root');
  const root = createSecretKey(Buffer.from(parse(rootForm, rootText, ROOT_FILE).root, 'base64'));
  const identity = parse(identityForm, identityText, IDENTITY_FILE);
  if (fingerprintOf(root, identity.archiveId) !== identity.fingerprint) throw keyUnavailable('keystore root is not the one of this keystore');
  return { root, identity };
}

/** Makes root and identity. The identity is written last and makes the keystore valid, so a crash before it leaves nothing in use. */
export async function makeRoot(folder: string, copies: readonly string[], now: () => Date): Promise<void> {
  for (const place of [folder, ...copies]) await preparePlace(place);
  const fresh = canonicalJson({ v: 1, root: randomBytes(32).toString('base64') });
  await writeOnce(folder, ROOT_FILE, fresh);
  const text = (await readText(folder, ROOT_FILE)) ?? fresh; // another process may have been first
  const root = createSecretKey(Buffer.from(parse(rootForm, text, ROOT_FILE).root, 'base64'));
  const archiveId = newId();
  const identity = canonicalJson({ v: 1, archiveId, fingerprint: fingerprintOf(root, archiveId), createdAt: now().toISOString() } satisfies Identity);
  await writeOnce(folder, IDENTITY_FILE, identity);
}

async function preparePlace(place: string): Promise<void> {
  await makeFolder(place);
  await checkPrivate(place);
  const found = (await names(place)).filter((name) => name !== 'lost+found' && name !== ROOT_FILE && name !== KEK_FOLDER);
  if (found.length > 0) throw keyUnavailable('the keystore folder to be made is not empty');
  await makeFolder(join(place, KEK_FOLDER));
  await syncFolder(place);
}

/** Brings root and identity into a copy that is empty; `false` where it belongs to another keystore. */
export async function syncRoot(folder: string, copy: string): Promise<boolean> {
  await makeFolder(copy);
  await checkPrivate(copy);
  await makeFolder(join(copy, KEK_FOLDER));
  for (const file of [ROOT_FILE, IDENTITY_FILE]) {
    const wanted = await readText(folder, file);
    const found = await readText(copy, file);
    if (wanted === undefined) throw keyUnavailable(`keystore file is missing: ${file}`);
    if (found === undefined) await writeDurable(copy, file, wanted);
    else if (found !== wanted) return false;
  }
  return true;
}

/** Who a folder is, whatever its path: made once, when it first holds a keystore. */
export async function placeOf(folder: string): Promise<string | undefined> {
  const text = await readText(folder, PLACE_FILE);
  return text === undefined ? undefined : parse(placeForm, text, PLACE_FILE).id;
}

export async function makePlace(folder: string): Promise<void> {
  if ((await readText(folder, PLACE_FILE)) === undefined) await writeOnce(folder, PLACE_FILE, canonicalJson({ v: 1, id: newId() }));
}
