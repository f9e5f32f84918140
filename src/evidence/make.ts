import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { chosenPlaces, goneShown, systemActor } from '../audit/index.js';
import { newId } from '../db/index.js';
import { zip } from '../documents/index.js';
import { CodedError, isCoded } from '../errors/index.js';
import { choiceOf } from './choice.js';
import { factsOf } from './decide.js';
import type { EvidenceDeps } from './deps.js';
import type { Manifest } from './pack/manifest.js';
import { packPaper } from './pack/paper.js';
import { packFiles } from './pack/write.js';
import { advancePack, claimPack, endPack, findPack, lockPack, namesInLog, readyPack, rulesInForce, type PackRow } from './store.js';
import { PACK_LIMITS } from './values.js';

/** A run of which nothing was heard for so long has lost its process, in milliseconds. */
const SILENCE = 120_000;
/** Times that the making of a pack is tried, where it fails for a reason that may pass. */
const ATTEMPTS = 5;
const DAY = 86_400_000;

interface Run {
  id: string;
  attempt: number;
}

/** Thrown where another process has taken over, or this one is about to stop. */
class TakenOver extends Error {}

/** Makes the packs that were approved, one at a time in each process; what a kill left half done is begun anew. */
export class PackRuns {
  #running: Promise<void> | undefined;
  #again = false;
  #closing = false;

  constructor(
    private readonly deps: EvidenceDeps,
    private readonly onFault: (error: unknown) => void,
  ) {}

  /** Begins with what waits, and comes back at once. */
  wake(): void {
    if (this.#closing) return;
    this.#again = true;
    this.#running ??= this.#work().finally(() => (this.#running = undefined));
  }

  /** Waits until nothing is being made here. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running;
  }

  /** Stops at the next safe point; what was being made is begun anew later. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.settled();
  }

  async #work(): Promise<void> {
    while (this.#again && !this.#closing) {
      this.#again = false;
      try {
        while (await this.#next());
      } catch (error) {
        this.onFault(error); // the regular task comes back to it
      }
    }
  }

  async #next(): Promise<boolean> {
    const { db, now } = this.deps;
    const run = await db.tx((tx) => claimPack(tx, now(), new Date(now().getTime() - SILENCE)));
    if (!run) return false;
    try {
      await makePack(this.deps, run, () => this.#closing);
    } catch (error) {
      if (error instanceof TakenOver) return !this.#closing;
      this.onFault(error);
      const passes = !isCoded(error) || error.status >= 500;
      if (!passes || run.attempt >= ATTEMPTS) await fail(this.deps, run.id, isCoded(error) ? error.code : 'internal');
    }
    return true;
  }
}

async function fail(deps: EvidenceDeps, id: string, code: string): Promise<void> {
  await deps.db.tx(async (tx) => {
    const row = await lockPack(tx, id);
    if (row?.state !== 'approved') return;
    await endPack(tx, id, 'failed', code, deps.now());
    await deps.audit.append(tx, {
      actor: systemActor(),
      act: 'evidence.fail',
      subject: { kind: 'evidence', id },
      decision: 'error',
      facts: { ...factsOf(row), why: code },
    });
  });
}

/** Makes one pack: streamed into the vault as it is put together, on record with its digest, locked for as long as it may be fetched. */
async function makePack(deps: EvidenceDeps, run: Run, closing: () => boolean): Promise<void> {
  const row = await findPack(deps.db, run.id);
  if (row?.state !== 'approved') return;
  const choice = await choiceOf(deps.db, row);
  const places = await chosenPlaces(deps.db, choice, PACK_LIMITS.entries + 1);
  const gone = await goneShown(deps.db, choice);
  if (places.length === 0 && gone.length === 0) throw new CodedError('not_found', { detail: 'no entry is left to be packed' });
  if (places.length > PACK_LIMITS.entries) throw new CodedError('too_large', { params: { max: PACK_LIMITS.entries } });
  const at = deps.now();
  let manifest: Manifest | undefined;
  const plan = {
    kind: row.kind,
    number: row.number,
    at,
    choice,
    subject: await subjectOf(deps, row),
    sidesOf: row.sides ? (choice.actors[0] ?? null) : null,
    places,
    gone,
    rules: await rulesInForce(deps.db, row.from_at, row.to_at),
    paper: (made: Manifest, json: Buffer) => packPaper(deps, made, json),
    tell: async (done: number) => {
      if (closing() || !(await advancePack(deps.db, run, deps.now(), done, places.length))) throw new TakenOver('another process makes it');
    },
  };
  const digest = createHash('sha256');
  let size = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const piece of zip(packFiles(deps, plan, (made) => (manifest = made)))) {
      digest.update(piece);
      size += piece.length;
      yield piece;
    }
  }
  const until = new Date(at.getTime() + PACK_LIMITS.kept * DAY);
  const body = Readable.from(counted(), { objectMode: false });
  const staged = await deps.vault.stage({ recordId: row.id, versionId: newId(), fonds: deps.settings.fonds, body, size: null, replay: false });
  const locked = await deps.vault.lock([staged], until);
  const { entries = 0, sums = '' } = manifest ?? {};
  const made = { entries, size, sums, digest: `sha256:${digest.digest('hex')}`, object: staged.objectId, until };
  await deps.db.tx(async (tx) => {
    const mine = await lockPack(tx, row.id);
    if (mine?.state !== 'approved' || !(await advancePack(tx, run, deps.now(), entries, entries))) throw new TakenOver('another process made it');
    await deps.vault.record(tx, [staged]);
    await deps.vault.markLocked(tx, [{ objectId: staged.objectId, until: locked }]);
    await deps.audit.append(tx, {
      actor: systemActor(),
      act: 'evidence.made',
      subject: { kind: 'evidence', id: row.id },
      decision: 'allow',
      facts: { ...factsOf(row), entries, digest: made.digest, sums, ...(gone.length > 0 ? { gone: gone.map((one) => one.log) } : {}) },
    });
    await readyPack(tx, row.id, made, deps.now());
  });
}

/** The one that was chosen, by name: nobody else is. */
async function subjectOf(deps: EvidenceDeps, row: PackRow): Promise<Manifest['subject']> {
  if (row.record_id !== null) return { record: row.record_id };
  if (row.client_number !== null) return { client: row.client_number };
  if (row.person_id === null) return null;
  const [names, known] = [await deps.namesOfPersons([row.person_id]), await namesInLog(deps.db, row.person_id)];
  return { person: row.person_id, name: names.get(row.person_id) ?? '', pseudonym: known?.pseudonym ?? '' };
}
