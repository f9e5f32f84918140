import { createHash, createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { z } from 'zod';
import { canonicalJson } from '../../crypto/index.js';
import { newId } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import { archivePrefix } from '../../storage/index.js';
import type { ExecutionDeps } from './deps.js';
import { insertLedger, lastLedgerRow, ledgerOf, type LedgerRow, ledgerRows, lockLedger, ownLedgerRows } from './ledger-store.js';
import { recordsOf } from './store.js';
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

/** The text of an entry: the same each time it is written. */
function entryText(
  deps: Places,
  one: { number: number; register: string; registerNumber: string; at: Date; records: readonly string[]; previous: Buffer | null },
): string {
  const entry: LedgerEntry = {
    v: 1,
    archive: deps.keystore.archiveId,
    number: one.number,
    register: one.register,
    registerNumber: one.registerNumber,
    at: one.at.toISOString(),
    records: [...one.records],
    previous: one.previous && one.previous.toString('hex'),
  };
  return canonicalJson(entry);
}

/**
 * The destruction goes into the ledger, which is kept outside the database too, beside the keys and in the store under lock, before a
 * key is touched: a catalogue that is restored from before it knows by that what it must not serve. Every entry before it is kept
 * outside first, also of a register that stopped between the two: a ledger with a hole would serve nobody after a restore.
 */
export async function keepInLedger({ deps, run, cause, records }: StepContext): Promise<number> {
  const number = await deps.db.tx(async (tx) => {
    await lockLedger(tx);
    const known = await ledgerOf(tx, run.register_id);
    if (known) return known.number;
    const last = await lastLedgerRow(tx);
    const next = (last?.number ?? 0) + 1;
    const input = { number: next, register: run.register_id, registerNumber: run.number, at: run.started_at, records };
    const digest = digestOf(entryText(deps, { ...input, previous: last?.digest ?? null }));
    await insertLedger(tx, { ...input, digest });
    await deps.audit.append(tx, {
      actor: cause.actor,
      act: 'destruction.ledger',
      subject: { kind: 'destruction', id: run.register_id },
      decision: 'allow',
      policy: cause.policy,
      facts: { number: next, records: records.length, digest: digest.toString('hex') },
    });
    return next;
  });
  const digests = new Map((await ledgerRows(deps.db)).map((row) => [row.number, row.digest]));
  const kept = new Set(await deps.keystore.keptNames('ledger-'));
  for (const row of await ownLedgerRows(deps.db, number)) {
    if (row.number !== number && kept.has(nameOf(row.number))) continue;
    const previous = digests.get(row.number - 1) ?? null;
    const one = { number: row.number, register: row.register_id, registerNumber: row.register_number, at: row.started_at, previous };
    await keepOutside(deps, row, async () => entryText(deps, { ...one, records: await recordsOf(deps.db, row.register_id) }));
  }
  return number;
}

/** Keeps an entry in both places, where it is not there. */
async function keepOutside(deps: Places & Pick<ExecutionDeps, 'now'>, row: LedgerRow, textOf: () => Promise<string>): Promise<void> {
  const { keystore, store } = deps;
  const kept = await keystore.kept(nameOf(row.number));
  if (kept && digestOf(read(deps, kept).text).equals(row.digest)) return;
  const text = await textOf();
  if (!digestOf(text).equals(row.digest))
    throw new CodedError('key_unavailable', { detail: 'the catalogue tells something else than the ledger of destructions' });
  const file = write(deps, text);
  const ref = await store.put(`${prefixOf(keystore.archiveId)}${String(row.number)}/${newId()}`, file, file.length);
  const until = new Date(deps.now());
  until.setUTCFullYear(until.getUTCFullYear() + LOCK_YEARS);
  await store.lockUntil(ref, until);
  // last, since it says that both are there
  await keystore.keep(nameOf(row.number), file);
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
 * Entries of the ledger that the catalogue lacks. The whole sequence is gone through from the first entry on, over all registers, those
 * of the catalogue among them, each against the digest of the one before. A hole that neither place nor the catalogue fills, or another
 * entry under the same number, and the archive is not opened: what the missing one destroyed might be served again.
 */
export async function missingInCatalogue(deps: Places & Pick<ExecutionDeps, 'db'>): Promise<{ entry: LedgerEntry; digest: Buffer }[]> {
  const digests = new Map((await ledgerRows(deps.db)).map((row) => [row.number, row.digest]));
  const kept = await keptLedger(deps);
  const missing: { entry: LedgerEntry; digest: Buffer }[] = [];
  for (const { entry, digest } of kept) {
    const own = digests.get(entry.number);
    if (own && !own.equals(digest)) throw new CodedError('key_unavailable', { detail: 'the catalogue and the ledger of destructions tell different things' });
    if ((digests.get(entry.number - 1)?.toString('hex') ?? null) !== entry.previous) throw gap(entry.number - 1);
    if (!own) missing.push({ entry, digest });
    digests.set(entry.number, digest);
  }
  for (let number = 1; number <= digests.size; number++) if (!digests.has(number)) throw gap(number);
  return missing;
}

const gap = (number: number): CodedError => new CodedError('key_unavailable', { detail: `the ledger of destructions has a gap: entry ${String(number)}` });
