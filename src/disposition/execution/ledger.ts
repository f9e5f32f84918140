import { createHash, createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { z } from 'zod';
import { canonicalJson } from '../../crypto/index.js';
import { newId } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import { archivePrefix } from '../../storage/index.js';
import type { ExecutionDeps } from './deps.js';
import { insertLedger, lastLedgerRow, ledgerOf, ledgerRows, lockLedger } from './ledger-store.js';
import type { StepContext } from './steps/types.js';

const form = z.strictObject({
  v: z.literal(1),
  archive: z.uuid(),
  number: z.int().min(1),
  register: z.uuid(),
  registerNumber: z.string(),
  at: z.iso.datetime(),
  records: z.array(z.uuid()).min(1),
  /** Digest of the entry before; `null` for the first. */
  previous: z.string().nullable(),
});
export type LedgerEntry = z.infer<typeof form>;

/** For how long the store may not let go of an entry: longer than any backup lives. */
const LOCK_YEARS = 10;

const nameOf = (number: number): string => `ledger-${String(number).padStart(6, '0')}.json`;
const prefixOf = (archive: string): string => `${archivePrefix(archive)}ledger/`;
const macOf = (secret: KeyObject, text: string): Buffer => createHmac('sha256', secret).update(text).digest();
const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

type Places = Pick<ExecutionDeps, 'keystore' | 'store'>;

/** A line of canonical JSON, a line with its HMAC under a secret of the keystore. */
function write(deps: Places, text: string): Buffer {
  return Buffer.from(`${text}\n${macOf(deps.keystore.secret('destruction-ledger'), text).toString('base64')}\n`);
}

function read(deps: Places, file: Buffer): { entry: LedgerEntry; text: string } {
  const [text = '', mac = ''] = file.toString('utf8').split('\n');
  const [wanted, given] = [macOf(deps.keystore.secret('destruction-ledger'), text), Buffer.from(mac, 'base64')];
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
    throw new CodedError('key_unavailable', { detail: 'an entry of the ledger of destructions was changed' });
  return { entry: form.parse(JSON.parse(text)), text };
}

/**
 * The destruction goes into the ledger, which is kept outside the database too, beside the keys and in the store under lock, before a
 * key is touched: a catalogue that is restored from before it knows by that what it must not serve.
 */
export async function keepInLedger({ deps, run, cause, records }: StepContext): Promise<number> {
  const { keystore, store } = deps;
  const known = await ledgerOf(deps.db, run.register_id);
  const at = run.started_at.toISOString();
  const entryOf = (number: number, previous: Buffer | null): LedgerEntry => ({
    v: 1,
    archive: keystore.archiveId,
    number,
    register: run.register_id,
    registerNumber: run.number,
    at,
    records: [...records],
    previous: previous && previous.toString('hex'),
  });
  const { number, text } = await deps.db.tx(async (tx) => {
    await lockLedger(tx);
    const rows = known ? await ledgerRows(tx) : [];
    const last = known ? rows.find((one) => one.number === known.number - 1) : await lastLedgerRow(tx);
    const next = known?.number ?? (last?.number ?? 0) + 1;
    const written = canonicalJson(entryOf(next, last?.digest ?? null));
    if (known) return { number: next, text: written };
    await insertLedger(tx, {
      number: next,
      register: run.register_id,
      registerNumber: run.number,
      digest: digestOf(written),
      at: run.started_at,
      records,
      replayed: false,
    });
    await deps.audit.append(tx, {
      actor: cause.actor,
      act: 'destruction.ledger',
      subject: { kind: 'destruction', id: run.register_id },
      decision: 'allow',
      policy: cause.policy,
      facts: { number: next, records: records.length, digest: digestOf(written).toString('hex') },
    });
    return { number: next, text: written };
  });
  const file = write(deps, text);
  if ((await keystore.kept(nameOf(number)))?.equals(file) !== true) {
    const ref = await store.put(`${prefixOf(keystore.archiveId)}${String(number)}/${newId()}`, file, file.length);
    const until = new Date(deps.now());
    until.setUTCFullYear(until.getUTCFullYear() + LOCK_YEARS);
    await store.lockUntil(ref, until);
    // last, since it says that both are there
    await keystore.keep(nameOf(number), file);
  }
  return number;
}

/** Every entry that is kept outside the database, in order, of whichever place has it. */
export async function keptLedger(deps: Places): Promise<{ entry: LedgerEntry; digest: Buffer }[]> {
  const { keystore, store } = deps;
  const found = new Map<number, { entry: LedgerEntry; digest: Buffer }>();
  const take = (file: Buffer | undefined): void => {
    if (!file) return;
    const { entry, text } = read(deps, file);
    if (entry.archive === keystore.archiveId) found.set(entry.number, { entry, digest: digestOf(text) });
  };
  for (const name of await keystore.keptNames('ledger-')) take(await keystore.kept(name));
  for await (const ref of store.list(prefixOf(keystore.archiveId))) {
    if (!found.has(Number(ref.key.split('/').at(-2)))) take(await buffer(await store.get(ref)));
  }
  return [...found.values()].sort((one, other) => one.entry.number - other.entry.number);
}

/**
 * Entries of the ledger that the catalogue lacks. Refuses a ledger with a gap that the catalogue does not fill (an entry that a
 * crash kept from being kept outside), and a catalogue that knows another entry under the same number.
 */
export async function missingInCatalogue(deps: Places & Pick<ExecutionDeps, 'db'>): Promise<{ entry: LedgerEntry; digest: Buffer }[]> {
  const digests = new Map((await ledgerRows(deps.db)).map((row) => [row.number, row.digest]));
  const missing: { entry: LedgerEntry; digest: Buffer }[] = [];
  for (const { entry, digest } of await keptLedger(deps)) {
    const own = digests.get(entry.number);
    if (own && !own.equals(digest)) throw new CodedError('key_unavailable', { detail: 'the catalogue and the ledger of destructions tell different things' });
    if ((digests.get(entry.number - 1)?.toString('hex') ?? null) !== entry.previous)
      throw new CodedError('key_unavailable', { detail: 'the ledger of destructions has a gap' });
    if (!own) missing.push({ entry, digest });
    digests.set(entry.number, digest);
  }
  return missing;
}
