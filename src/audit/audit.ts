import type { KeyObject } from 'node:crypto';
import { newId, type Db, type Sql, type Tx } from '../db/index.js';
import { canonicalJson, type Keystore, randomSupply } from '../crypto/index.js';
import { systemActor } from './actors.js';
import { makeEntry } from './entry.js';
import { Integrator, type IntegratorDeps } from './log/integrator.js';
import { memoryPath, Signer } from './log/signer.js';
import { CodedError } from '../errors/index.js';
import { makeReceipt, scopeFacts, type Receipt } from './receipt.js';
import { markTold, untoldReplays } from './restore/store.js';
import type { StoredLogs } from './restore/stored.js';
import { commitmentTo, sealSide, sideOf } from './side.js';
import { countPending, insertPending, notifyPending, oldestPending, pendingFrom, selectNewestHead, selectSettled, type PendingRow } from './store.js';
import type { AuditState, Entry, EntryInput, IntegratedEntry, PendingEntry, ReceiptScope } from './types.js';
import { Waiters } from './waiters.js';

/** What the log needs of the keystore: its secrets, and a place beside the signing key for the signer's own memory. */
export type AuditKeystore = Pick<Keystore, 'archiveId' | 'folder' | 'secret' | 'signingKey'>;

export interface AuditDeps {
  /** As `lantai_app`. */
  db: Db;
  /** As `lantai_integrator`. */
  auditDb: Db;
  keystore: AuditKeystore;
  /** What was published of the log: after a restore it is written again from there. */
  stored?: StoredLogs;
  now: () => Date;
  random: (n: number) => Buffer;
  /** Milliseconds until an entry that is not settled makes its act fail. Default 4,000. */
  timeout?: number;
  /** Told once when entries cannot be moved into the log, with the reason, for the operator. */
  onTrouble?: (reason: string) => void;
  /** For tests of the integrator. */
  faults?: Pick<IntegratorDeps, 'step' | 'lockless'>;
}

export interface Audit {
  /** Inserts an entry in the transaction of its act. Nothing is logged when that transaction is rolled back. */
  append(tx: Tx, entry: EntryInput): Promise<PendingEntry>;
  /**
   * The same for many entries, in one statement. `newborn`: about what comes into being in this transaction, so that no entry before can
   * be about it. They need not wait for those of other processes, and are handed over where the integrator is in this one.
   */
  appendMany(tx: Tx, entries: readonly EntryInput[], how?: { newborn: boolean }): Promise<PendingEntry[]>;
  /**
   * The same in a statement of the caller's that is a transaction by itself. `write` gets the insertion of the entry, to stand
   * in a `with` of that statement, from a source that has one row where the act takes place and none where it does not, and gives
   * the number of its transaction; `undefined` where it did not. A change without that row is refused by the database, as every
   * change without an entry.
   */
  appendWithin(entry: EntryInput, write: (pending: PendingEntry, insert: (from: Sql) => Sql) => Promise<string | undefined>): Promise<PendingEntry | undefined>;
  /** After the commit: resolves when the entry stands under a signed head; rejects `audit_unavailable` when that takes too long. */
  settled(pending: PendingEntry): Promise<IntegratedEntry>;
  /**
   * After the commit: waits until the entry is under a signed head that the signer remembers, then gives the receipt that opens exactly `scope`, once.
   * The entry must say so: decision `allow`, the same actor, facts with {@link scopeFacts}; else `forbidden`.
   */
  receipt(pending: PendingEntry, scope: ReceiptScope): Promise<Receipt>;
  /** Takes part in moving entries into the log. Every process may start one; only one of them works at a time. */
  startIntegrator(): Promise<void>;
  stop: () => Promise<void>;
  state(): Promise<AuditState>;
  /** Key that signs the heads; its public half verifies them. */
  readonly publicKey: KeyObject;
  /** Name of a log in its checkpoints. */
  originOf: (log: string) => string;
}

/** How long to wait for a word from the integrator before asking the database. */
const ASK_AFTER = 60;

/** Milliseconds after which waiting entries mean that no integrator is at work. */
const STALLED = 10_000;

/** Name of a log in its checkpoints, and of the key that signs them. */
export function originOf(archive: string, log: string): string {
  return `lantai/${archive}/audit/${log}`;
}

/** The audit log of an archive. */
export function createAudit(deps: AuditDeps): Audit {
  const sideKey = deps.keystore.secret('side-rows');
  const keys = deps.keystore.signingKey('audit-log');
  const waiters = new Waiters(deps.timeout ?? 4000);
  /** What each pending entry said: a receipt is given only for an entry that was appended here, and for what it says. */
  const said = new WeakMap<PendingEntry, Entry>();
  const integrator = new Integrator({
    auditDb: deps.auditDb,
    openSigner: () => Signer.open(memoryPath(deps.keystore.folder), keys),
    originOf: (log) => originOf(deps.keystore.archiveId, log),
    now: deps.now,
    random: deps.random,
    signed: (entries) => waiters.sign(entries),
    settled: (entries) => waiters.settle(entries),
    onTrouble: deps.onTrouble,
    publicKey: keys.publicKey,
    breakKey: deps.keystore.secret('log-breaks'),
    stored: deps.stored,
    leads: tellReplays,
    ...deps.faults,
  });
  let listener: Promise<{ close(): Promise<void> } | undefined> | undefined;
  const random = randomSupply(deps.random);
  let telling = false;
  let asking: NodeJS.Timeout | undefined;

  /** One notification at a time, outside of the callers' transactions. */
  function call(): void {
    if (integrator.leading) return integrator.wake();
    if (telling) return;
    telling = true;
    void notifyPending(deps.db)
      .catch(() => undefined) // it looks for itself every half second
      .finally(() => (telling = false));
  }

  async function ask(): Promise<void> {
    const ids = waiters.ids;
    if (ids.length > 0) waiters.settle(await selectSettled(deps.db, ids).catch(() => []));
    asking = undefined;
    if (waiters.ids.length > 0) askLater();
  }

  function askLater(): void {
    asking ??= setTimeout(() => void ask(), ASK_AFTER).unref();
  }

  function prepare(input: EntryInput): { pending: PendingEntry; entry: Entry; row: PendingRow } {
    const id = newId();
    const side = sideOf(input, random(32));
    const entry = makeEntry(input, { id, at: deps.now(), blind: random(16), side: side && commitmentTo(side) });
    const row = { id, entry: canonicalJson(entry), sealed: side ? sealSide(sideKey, id, side, random) : null };
    return { pending: Object.freeze({ id }), entry, row };
  }

  async function appendMany(tx: Tx, inputs: readonly EntryInput[], how?: { newborn: boolean }): Promise<PendingEntry[]> {
    const [first, ...others] = inputs.map(prepare);
    if (first === undefined) return [];
    const made = [first, ...others] as const;
    const xact = await insertPending(tx, [first.row, ...others.map((one) => one.row)]);
    tx.afterCommit(() => {
      if (how?.newborn && integrator.leading) for (const one of made) integrator.hand({ xact, ...one.row, made: one.entry });
      else call();
    });
    for (const one of made) said.set(one.pending, one.entry);
    return made.map((one) => one.pending);
  }

  /** What was written again after a restore is told by an entry, and that what stood beside it is lost. */
  async function tellReplays(): Promise<void> {
    if ((await untoldReplays(deps.db)).length === 0) return;
    await deps.db.tx(async (tx) => {
      const rows = await untoldReplays(tx);
      await markTold(tx, rows, deps.now());
      await appendMany(
        tx,
        rows.map(({ log, from, to }) => ({
          actor: systemActor(),
          act: 'log.replay',
          subject: { kind: 'log', id: log },
          decision: 'allow',
          facts: { from: String(from), to: String(to) },
        })),
      );
    });
  }

  async function settled(pending: PendingEntry, signed = false): Promise<IntegratedEntry> {
    const done = waiters.wait(pending.id, signed);
    askLater();
    return await done;
  }

  return {
    appendMany,
    async append(tx, entry) {
      const [pending] = await appendMany(tx, [entry]);
      return pending as PendingEntry;
    },
    async appendWithin(input, write) {
      const { pending, entry, row } = prepare(input);
      const xact = await write(pending, (from) => pendingFrom(row, from));
      if (xact === undefined) return undefined;
      said.set(pending, entry);
      if (integrator.leading) integrator.hand({ xact, ...row, made: entry });
      else call();
      return pending;
    },
    settled: (pending) => settled(pending),
    async receipt(pending, scope) {
      const entry = said.get(pending);
      const facts = scopeFacts(scope);
      const fits =
        entry?.decision === 'allow' && entry.actor === scope.actorPseudonym && ['object', 'start', 'end'].every((name) => entry.facts?.[name] === facts[name]);
      if (!fits) throw new CodedError('forbidden', { detail: 'receipt refused: the entry does not say this' });
      await settled(pending, true);
      if (!said.delete(pending)) throw new CodedError('forbidden', { detail: 'receipt refused: the entry has given its receipt' });
      return makeReceipt(scope);
    },
    async startIntegrator() {
      listener ??= deps.db.listen('audit_settled', () => integrator.leading || void ask()).catch(() => undefined);
      await integrator.start();
    },
    async stop() {
      await integrator.stop();
      await (await listener)?.close();
      listener = undefined;
      clearTimeout(asking);
      waiters.abandon();
    },
    async state() {
      const [head, oldest] = await Promise.all([selectNewestHead(deps.db), oldestPending(deps.db)]);
      const stalled = oldest !== null && deps.now().getTime() - oldest.getTime() > STALLED;
      return {
        log: head?.log ?? null,
        size: head?.size ?? 0n,
        headAt: head?.signed_at ?? null,
        pending: await countPending(deps.db),
        leading: integrator.leading,
        trouble: integrator.trouble ?? (stalled ? 'entries wait for an integrator' : null),
      };
    },
    publicKey: keys.publicKey,
    originOf: (log) => originOf(deps.keystore.archiveId, log),
  };
}
