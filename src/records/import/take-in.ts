import type { Actor } from '../../audit/index.js';
import type { Attachments } from './attachments.js';
import { addCounts, noCounts, type Counts, type Reject } from './counts.js';
import type { ImportDeps, ImportItem, ImportOutcome, NewDraft } from './deps.js';
import { HeapKeeper } from './heap.js';
import { judge, passOver, settle, type Judged } from './judge.js';
import type { Plan } from './plan.js';
import { paceOf, type Progress } from './progress.js';
import { countsOf } from './receipt.js';
import type { ImportSeals } from './sealing.js';
import { SeenKeys } from './seen.js';
import { advance, insertRejects, type ImportRow } from './store.js';
import { unitsOf, type Unit } from './units.js';

/** Units that are taken in and made durable together. */
export const BATCH_UNITS = 256;
/** Characters of source that a batch may hold; long conversations make small batches. */
const BATCH_CHARACTERS = 8 * 1024 * 1024;
/** Batches under way at the same time; their results are made durable in order. */
const WIDTH = 4;

export interface Work {
  plan: Plan;
  seals: ImportSeals;
  row: ImportRow;
  attachments: Attachments;
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
}

interface Done {
  units: number;
  counts: Counts;
  rejects: Reject[];
}

/** Takes in everything behind the import's position; `false` when it was asked to stop. */
export async function takeIn(deps: ImportDeps, actor: Actor, work: Work): Promise<boolean> {
  const running: Promise<Done>[] = [];
  const books = new Books(deps, actor, work);
  const heap = new HeapKeeper();
  try {
    for await (const batch of batchesOf(work.plan, Number(work.row.position), work.attachments)) {
      running.push(startBatch(deps, actor, work, batch));
      if (running.length >= WIDTH) await books.write(await (running.shift() as Promise<Done>));
      heap.look();
      if (work.signal?.aborted) break;
    }
    while (running.length > 0) await books.write(await (running.shift() as Promise<Done>));
  } finally {
    await Promise.allSettled(running); // nothing goes on behind the back of a failed import
  }
  return !work.signal?.aborted || books.complete;
}

/** Judged units behind `position`, in batches bounded by number and by size. */
export async function* batchesOf(plan: Plan, position: number, attachments: Attachments): AsyncGenerator<Judged[]> {
  const seen = new SeenKeys();
  let skip = position;
  let batch: Judged[] = [];
  let characters = 0;
  for await (const units of unitsOf(plan.table.rows(), plan.mapper.mapping.group)) {
    for (const unit of units) {
      if (skip > 0) {
        skip--;
        await passOver(unit, plan.mapper, seen);
        continue;
      }
      batch.push(await judge(unit, plan.mapper, seen, attachments));
      characters += sizeOf(unit);
      if (batch.length < BATCH_UNITS && characters < BATCH_CHARACTERS) continue;
      yield batch;
      batch = [];
      characters = 0;
    }
  }
  if (batch.length > 0) yield batch;
}

const sizeOf = (unit: Unit): number => unit.rows.reduce((sum, row) => sum + row.size, 0);

function startBatch(deps: ImportDeps, actor: Actor, work: Work, batch: Judged[]): Promise<Done> {
  const context = { importId: work.row.id, batchId: work.row.batch_id ?? '' };
  const done = settleBatch(batch, (items) => deps.captureMany(actor, items, context));
  done.catch(() => undefined); // thrown when its turn comes
  return done;
}

/** Hands a batch over and counts what became of each unit. Files that nobody read are closed. */
export async function settleBatch(
  batch: readonly Judged[],
  hand: (items: readonly ImportItem[]) => Promise<readonly (ImportOutcome | NewDraft)[]>,
): Promise<Done> {
  const items = batch.flatMap((one) => ('item' in one ? [one.item] : []));
  const outcomes = items.length === 0 ? [] : await hand(items).finally(() => items.forEach((item) => item.files?.forEach((file) => file.body.destroy())));
  let next = 0;
  let counts = noCounts();
  const rejects: Reject[] = [];
  for (const one of batch) {
    const outcome = 'item' in one ? outcomes[next++] : ({ status: 'rejected', code: one.code, fields: one.fields } as const);
    if (outcome === undefined) throw new Error('fewer outcomes than drafts');
    const settled = settle(one.unit, outcome);
    counts = addCounts(counts, settled.counts);
    rejects.push(...settled.rejects);
  }
  return { units: batch.length, counts, rejects };
}

/** Makes results durable in order: counts, rejects and position in one transaction. */
class Books {
  #counts: Counts;
  readonly #before: number;
  readonly #began: number;
  constructor(
    readonly deps: ImportDeps,
    readonly actor: Actor,
    readonly work: Work,
  ) {
    this.#counts = countsOf(work.row);
    this.#before = this.#counts.rowsTaken + this.#counts.rowsRejected;
    this.#began = deps.now().getTime();
  }

  get complete(): boolean {
    return this.#counts.rowsTaken + this.#counts.rowsRejected === this.#counts.rowsTotal;
  }

  async write(done: Done): Promise<void> {
    const { deps, actor, work } = this;
    const { id } = work.row;
    const at = deps.now();
    const rejects = done.rejects.map((one) => ({ row: one.row, code: one.code, fields: one.fields, sealed: work.seals.sealRow(id, one.row, one.raw) }));
    await deps.db.tx(async (tx) => {
      await advance(tx, id, done.units, done.counts, at);
      await insertRejects(tx, id, rejects);
      const { captured, received, replayed, rowsTaken, rowsRejected } = done.counts;
      await deps.audit.append(tx, {
        actor,
        act: 'import.advance',
        subject: { kind: 'import', id },
        decision: 'allow',
        facts: { taken: rowsTaken, rejected: rowsRejected, captured, received, replayed },
      });
    });
    this.#counts = addCounts(this.#counts, done.counts);
    work.onProgress?.(paceOf(id, this.#counts, this.#before, at.getTime() - this.#began));
  }
}
