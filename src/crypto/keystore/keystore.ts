import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { checkPlace } from './check.js';
import { checkPrivate, keyUnavailable, names, readText, removeLeftovers, writeDurable, writeOnce } from './files.js';
import { completeKept, keepIn, keptIn, keptNamesIn } from './kept.js';
import { fileName, infoOf, newKek, readKek, unsealKek, withState } from './kek.js';
import { deriveCertifyingKey, deriveSecret, deriveSigningKey, type Identity, KEK_FOLDER, makePlace, makeRoot, placeOf, readRoot, syncRoot } from './root.js';
import { KEK_STATES, type KekId, type KekInfo, type KekState, type Keystore, type KeystoreReport, type SigningKey } from './types.js';

export interface KeystoreOptions {
  /** Folders that hold the same keys, on other volumes. A KEK is durable in each before its first use. */
  copies?: readonly string[];
  /** Only where nothing was ever sealed: makes the keystore when the folder holds none. */
  create?: boolean;
  now?: () => Date;
  /** Milliseconds after which a KEK in memory is looked up again, so that another process's retirement is noticed. */
  recheckAfter?: number;
}

/**
 * Opens the keystore of a folder. Without `create` a missing one is an error: a new root beside old data would open nothing
 * and hide that the real one is gone.
 * @throws CodedError `key_unavailable`
 */
export async function openKeystore(folder: string, options: KeystoreOptions = {}): Promise<Keystore> {
  const copies = options.copies ?? [];
  const now = options.now ?? (() => new Date());
  let found = await readRoot(folder);
  if (!found) {
    if (options.create !== true) throw keyUnavailable('there is no keystore at the configured place');
    await makeRoot(folder, copies, now);
    found = await readRoot(folder);
    if (!found) throw keyUnavailable('the keystore could not be made');
  }
  await checkPrivate(folder);
  const store = new FolderKeystore(folder, copies, found.root, found.identity, now, options.recheckAfter ?? 30_000);
  await store.completeCopies();
  return store;
}

class FolderKeystore implements Keystore {
  readonly archiveId: string;
  readonly fingerprint: string;
  readonly folder: string;
  readonly #secrets = new Map<string, KeyObject>();
  readonly #signing = new Map<string, SigningKey>();
  readonly #certifying = new Map<string, SigningKey>();
  readonly #keks = new Map<string, { key: KeyObject; at: number }>();
  readonly #copies: readonly string[];
  readonly #root: KeyObject;
  readonly #now: () => Date;
  readonly #recheckAfter: number;

  constructor(folder: string, copies: readonly string[], root: KeyObject, identity: Identity, now: () => Date, recheckAfter: number) {
    this.folder = folder;
    this.#copies = copies;
    this.#root = root;
    this.#now = now;
    this.#recheckAfter = recheckAfter;
    this.archiveId = identity.archiveId;
    this.fingerprint = identity.fingerprint;
  }

  secret(name: string): KeyObject {
    let key = this.#secrets.get(name);
    if (!key) this.#secrets.set(name, (key = deriveSecret(this.#root, name)));
    return key;
  }

  signingKey(name: string): SigningKey {
    let key = this.#signing.get(name);
    if (!key) this.#signing.set(name, (key = deriveSigningKey(this.#root, name)));
    return key;
  }

  certifyingKey(name: string): SigningKey {
    let key = this.#certifying.get(name);
    if (!key) this.#certifying.set(name, (key = deriveCertifyingKey(this.#root, name)));
    return key;
  }

  async ensureKek(id: KekId): Promise<void> {
    const folder = join(this.folder, KEK_FOLDER);
    const name = fileName(id);
    if ((await readText(folder, name)) === undefined) await writeOnce(folder, name, newKek(this.#root, id, this.#now()));
    const text = await this.#text(id);
    readKek(this.#root, text);
    for (const copy of this.#copies) await this.#bringTo(copy, name, text);
  }

  async kek(id: KekId): Promise<KeyObject> {
    const name = fileName(id);
    const held = this.#keks.get(name);
    const at = performance.now();
    if (held && at - held.at < this.#recheckAfter) return held.key;
    for (const [other, { at: since }] of this.#keks) if (other !== name && at - since >= this.#recheckAfter) this.#keks.delete(other);
    const file = readKek(this.#root, await this.#text(id));
    if (file.state !== 'active') {
      this.#keks.delete(name);
      throw keyUnavailable(`the key is ${file.state}`);
    }
    const key = held?.key ?? unsealKek(this.#root, file);
    this.#keks.set(name, { key, at });
    return key;
  }

  async retireKek(id: KekId): Promise<void> {
    this.#keks.delete(fileName(id));
    const file = readKek(this.#root, await this.#text(id));
    if (file.state === 'active') await this.#setState(id, 'retired');
  }

  async destroyKek(id: KekId): Promise<'destroying' | 'destroyed'> {
    this.#keks.delete(fileName(id));
    const unreached = await this.#setState(id, 'destroying', true);
    if (unreached > 0) return 'destroying';
    await this.#setState(id, 'destroyed');
    return 'destroyed';
  }

  async keks(): Promise<KekInfo[]> {
    const folder = join(this.folder, KEK_FOLDER);
    const list: KekInfo[] = [];
    for (const name of await names(folder)) list.push(infoOf(readKek(this.#root, (await readText(folder, name)) ?? '')));
    return list;
  }

  get places(): number {
    return 1 + this.#copies.length;
  }

  keep(name: string, data: Buffer): Promise<number> {
    return keepIn(this.folder, this.#copies, name, data);
  }

  kept(name: string): Promise<Buffer | undefined> {
    return keptIn(this.folder, name);
  }

  keptNames(prefix: string): Promise<string[]> {
    return keptNamesIn(this.folder, prefix);
  }

  async check(): Promise<KeystoreReport[]> {
    return Promise.all(this.#places().map(([folder, place]) => checkPlace(this.#root, this.folder, folder, place)));
  }

  async identities(): Promise<{ place: string; id: string | null }[]> {
    return Promise.all(this.#places().map(async ([folder, place]) => ({ place, id: (await reached(placeOf(folder))) ?? null })));
  }

  #places(): [string, string][] {
    return [this.folder, ...this.#copies].map((folder, i) => [folder, i === 0 ? 'primary' : `copy ${i}`]);
  }

  /** A copy registered later, or out of reach for a while, gets what it lacks. One out of reach stops only new keys. */
  async completeCopies(): Promise<void> {
    const folder = join(this.folder, KEK_FOLDER);
    await reached(makePlace(this.folder)); // a keystore that may only be read works too
    for (const copy of this.#copies) {
      if ((await reached(syncRoot(this.folder, copy))) === false) throw keyUnavailable('a registered copy belongs to another keystore');
      await reached(makePlace(copy));
      const there = new Set(await reached(names(join(copy, KEK_FOLDER))));
      for (const name of await names(folder)) {
        const text = (await readText(folder, name)) ?? '';
        if (!there.has(name) || (await this.#isBehind(copy, name, text))) await reached(this.#bringTo(copy, name, text));
      }
    }
    await completeKept(this.folder, this.#copies);
  }

  /** Whether the copy still holds an earlier state of the key than the primary, `active` where it was destroyed for instance. */
  async #isBehind(copy: string, name: string, text: string): Promise<boolean> {
    const found = await reached(readText(join(copy, KEK_FOLDER), name));
    if (found === undefined || found === text) return false;
    const rank = (one: string): number => KEK_STATES.indexOf(readKek(this.#root, one).state);
    return rank(found) < rank(text);
  }

  async #text(id: KekId): Promise<string> {
    const text = await readText(join(this.folder, KEK_FOLDER), fileName(id));
    if (text === undefined) throw keyUnavailable('the key is not in the keystore');
    return text;
  }

  async #bringTo(copy: string, name: string, text: string): Promise<void> {
    try {
      if (!(await syncRoot(this.folder, copy))) throw new Error('belongs to another keystore');
      await makePlace(copy);
      const folder = join(copy, KEK_FOLDER);
      if ((await readText(folder, name)) !== text) await writeDurable(folder, name, text);
    } catch (error) {
      throw keyUnavailable('a registered copy of the keystore cannot be written', error);
    }
  }

  /** Copies first, so that the primary never claims more than is true; the number of copies that could not be reached. */
  async #setState(id: KekId, state: KekState, tolerant = false): Promise<number> {
    const text = withState(this.#root, readKek(this.#root, await this.#text(id)), state, this.#now());
    const name = fileName(id);
    let unreached = 0;
    for (const copy of this.#copies) {
      try {
        await this.#bringTo(copy, name, text);
        await removeLeftovers(join(copy, KEK_FOLDER), name); // a crash may have left the key in a temporary file
      } catch (error) {
        if (!tolerant) throw error;
        unreached++;
      }
    }
    await writeDurable(join(this.folder, KEK_FOLDER), name, text);
    await removeLeftovers(join(this.folder, KEK_FOLDER), name);
    return unreached;
  }
}

/** `undefined` instead of an error, where a copy out of reach must not stop the rest. */
async function reached<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch {
    return undefined;
  }
}
