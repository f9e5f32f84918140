import { createHash } from 'node:crypto';
import { type Actor, type Audit, scopeFacts } from '../../../audit/index.js';
import type { AccessControl } from '../../../access/index.js';
import { type Db, newId } from '../../../db/index.js';
import type { Opened, Staged, Vault } from '../../../vault/index.js';
import { digestText } from '../../register/index.js';
import type { LogPlace, SignedPart } from './data.js';

/** A signed document that waits for the catalogue to name it. */
export interface SealedCertificate {
  id: string;
  number: string;
  staged: Staged;
  documentDigest: string;
  dataDigest: string;
  at: Date;
}

const sha256 = (data: Buffer | string): string => digestText(createHash('sha256').update(data).digest());

/** Stages a signed certificate as a sealed object of its own; it is a certificate only once the catalogue names it. */
export async function sealCertificate(
  deps: { vault: Pick<Vault, 'stage'>; settings: { fonds: string } },
  made: { number: string; madeAt: string; json: string; pdf: Buffer },
): Promise<SealedCertificate> {
  const { number, madeAt, json, pdf } = made;
  const id = newId();
  const staged = await deps.vault.stage({ recordId: id, versionId: id, fonds: deps.settings.fonds, body: pdf, size: pdf.length, replay: false });
  return { id, number, staged, documentDigest: sha256(pdf), dataDigest: sha256(json), at: new Date(madeAt) };
}

/** Where an entry stands in the signed log, by which anyone finds it there. */
export async function placeOf(deps: { audit: Pick<Audit, 'settled'> }, entry: string): Promise<LogPlace> {
  return deps.audit.settled({ id: entry }).then(
    ({ log, sequence }) => ({ entry, log, sequence: Number(sequence) }),
    () => ({ entry, log: null, sequence: null }),
  );
}

/** What somebody signed, by name, with the place of its entry. */
export async function signedPart(
  deps: { audit: Pick<Audit, 'settled'> },
  names: ReadonlyMap<string, string>,
  { person, at, entry }: { person: string; at: Date | null; entry: string | null },
): Promise<SignedPart> {
  return { person, name: names.get(person) ?? '', at: at && at.toISOString(), log: entry === null ? null : await placeOf(deps, entry) };
}

/** Opens a sealed certificate against the receipt of its own entry. Whether the actor may is asked before. */
export async function openSealed(
  deps: { db: Db; audit: Audit; access: Pick<AccessControl, 'version'>; vault: Pick<Vault, 'open'> },
  actor: Actor,
  one: { object_id: string; register_id: string; number: string },
): Promise<Opened> {
  const scope = { actorPseudonym: actor.pseudonym, objectId: one.object_id, range: null };
  const pending = await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act: 'destruction.certificate',
      subject: { kind: 'destruction', id: one.register_id },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { number: one.number, ...scopeFacts(scope) },
    }),
  );
  return deps.vault.open(actor, deps.audit.receipt(pending, scope), one.object_id, null);
}
