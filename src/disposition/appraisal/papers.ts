import { createHash } from 'node:crypto';
import { scopeFacts, type Actor } from '../../audit/index.js';
import { newId, sqlState } from '../../db/index.js';
import type { Opened } from '../../vault/index.js';
import type { PaperDeps } from './deps.js';
import { findPaper, insertPaper } from './paper-store.js';

export interface Paper {
  kind: 'appraisal' | 'register';
  /** The appraisal or register. */
  id: string;
  number: string;
  /** Digest of the list that the document is about: another list is another document. */
  list: Buffer;
}

const ACTS = {
  appraisal: { make: 'appraisal.report', open: 'appraisal.download', subject: 'appraisal' },
  register: { make: 'destruction.form', open: 'destruction.download', subject: 'destruction' },
} as const;

/** The signed document of a list as it was kept; made and kept once when it is first asked for. Opening it is on record, and stops with the role or session. */
export async function openPaper(deps: PaperDeps, actor: Actor, paper: Paper, make: () => Promise<Buffer>): Promise<Opened & { number: string }> {
  const object = await sealPaper(deps, actor, paper, make);
  return deps.streams.under(actor, [], () => openSealed(deps, actor, paper, object));
}

async function openSealed(deps: PaperDeps, actor: Actor, paper: Paper, object: string): Promise<Opened & { number: string }> {
  const acts = ACTS[paper.kind];
  const scope = { actorPseudonym: actor.pseudonym, objectId: object, range: null };
  const pending = await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act: acts.open,
      subject: { kind: acts.subject, id: paper.id },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { number: paper.number, ...scopeFacts(scope) },
    }),
  );
  return { ...(await deps.vault.open(actor, deps.audit.receipt(pending, scope), object, null)), number: paper.number };
}

/** Makes the document and keeps it, unless it was kept before; the sealed object that it is. */
export async function sealPaper(deps: PaperDeps, actor: Actor, paper: Paper, make: () => Promise<Buffer>): Promise<string> {
  return (await findPaper(deps.db, paper.kind, paper.id, paper.list)) ?? keep(deps, actor, paper, await make());
}

async function keep(deps: PaperDeps, actor: Actor, paper: Paper, pdf: Buffer): Promise<string> {
  const id = newId();
  const staged = await deps.vault.stage({ recordId: id, versionId: id, fonds: deps.settings.fonds, body: pdf, size: pdf.length, replay: false });
  const digest = `sha256:${createHash('sha256').update(pdf).digest('hex')}`;
  try {
    await deps.db.tx(async (tx) => {
      await deps.vault.record(tx, [staged]);
      const entry = await deps.audit.append(tx, {
        actor,
        act: ACTS[paper.kind].make,
        subject: { kind: ACTS[paper.kind].subject, id: paper.id },
        decision: 'allow',
        policy: deps.access.version(),
        facts: { number: paper.number, list: paper.list.toString('hex'), document: digest },
      });
      await insertPaper(tx, { id, kind: paper.kind, subject: paper.id, list: paper.list, object: staged.objectId, digest, at: deps.now(), entry: entry.id });
    });
    return staged.objectId;
  } catch (error) {
    // somebody else asked for it at the same moment: his is kept
    const other = sqlState(error) === '23505' ? await findPaper(deps.db, paper.kind, paper.id, paper.list) : undefined;
    if (other === undefined) throw error;
    return other;
  }
}
