import { Readable } from 'node:stream';
import { goneEntries, selectSteps, type Actor, type SubjectKind } from '../audit/index.js';
import { zip } from '../documents/index.js';
import { CodedError } from '../errors/index.js';
import { allowed } from './acts.js';
import type { EvidenceDeps } from './deps.js';
import { packFiles } from './pack/write.js';

/** Steps of one thing that are proven at most. */
const MOST = 500;

/** Something whose steps stand in the log: a register, an appraisal, a certified copy. */
export interface ReceiptSubject {
  kind: SubjectKind;
  id: string;
  number: string;
}

export interface ReceiptRow {
  log: string;
  sequence: string;
  at: string;
  act: string;
}

interface Receipts {
  body: Readable;
  name: string;
}

/** Where the steps of a thing stand in the signed log. Whoever shows them has asked whether the thing may be seen. */
export async function receiptRows(deps: Pick<EvidenceDeps, 'db'>, subject: string): Promise<ReceiptRow[]> {
  const steps = await selectSteps(deps.db, subject, MOST);
  return steps.map(({ log, sequence, at, act }) => ({ log, sequence: String(sequence), at: at.toISOString(), act }));
}

/**
 * The entries of the steps of a thing with their proofs, checkpoints and keys, in the form of an evidence pack: what anybody who may
 * see the thing may take along. Whoever calls has asked for that; taking it is on record, and stops with the account's role or the
 * session. @throws `not_found` before there is any
 */
export function fetchReceipts(deps: EvidenceDeps, actor: Actor, subject: ReceiptSubject): Promise<Receipts> {
  return deps.streams.under(actor, [], () => open(deps, actor, subject));
}

async function open(deps: EvidenceDeps, actor: Actor, subject: ReceiptSubject): Promise<Receipts> {
  const steps = await selectSteps(deps.db, subject.id, MOST);
  const [first, last] = [steps.at(0), steps.at(-1)];
  if (!first || !last) {
    const [gone] = await goneEntries(deps.db, { to: deps.now() });
    throw gone
      ? new CodedError('entries_gone', { params: { log: gone.log, procedure: gone.procedure, day: gone.at.toISOString().slice(0, 10) } })
      : new CodedError('not_found');
  }
  const pending = await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      ...allowed(deps, actor),
      act: 'receipt.fetch',
      subject: { kind: subject.kind, id: subject.id },
      facts: { entries: steps.length },
    }),
  );
  await deps.audit.settled(pending);
  const number = `R-${subject.number.toUpperCase().replace(/[^A-Z0-9-]/g, '-')}`;
  const plan = {
    kind: 'receipt' as const,
    number,
    at: deps.now(),
    choice: { actors: [], subjects: [subject.id], records: [], from: first.at, to: new Date(last.at.getTime() + 1) },
    subject: null,
    sidesOf: null,
    places: steps,
    gone: [],
    rules: [],
    paper: null,
    tell: () => Promise.resolve(),
  };
  return { body: Readable.from(zip(packFiles(deps, plan, () => undefined)), { objectMode: false }), name: `${number}.zip` };
}
