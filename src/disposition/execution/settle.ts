import { systemActor } from '../../audit/index.js';
import { prepareCertificate, type PreparedCertificate } from './certificate/make.js';
import { copySums } from './copies-store.js';
import type { ExecutionDeps } from './deps.js';
import { appointmentsOf, findRegister, findRun, lockRegister } from './store.js';
import { certificatesOf } from './view-store.js';
import { insertCertificate, markClosed } from './witness-store.js';
import type { CertificateKind } from './values.js';

/**
 * Does what is due for a register that was carried out: the certificate once both supervisors have signed, a supplementary one once
 * nothing is under lock any more, and then it is closed. Repeatable; nothing happens where nothing is due.
 */
export async function settle(deps: ExecutionDeps, register: string): Promise<void> {
  for (let kind = await due(deps, register); kind !== undefined; kind = await due(deps, register)) {
    if (kind === 'close') return close(deps, register);
    await keep(deps, register, kind, await prepareCertificate(deps, register, kind));
  }
}

/** What is due now. */
async function due(deps: ExecutionDeps, register: string): Promise<CertificateKind | 'close' | undefined> {
  const row = await findRegister(deps.db, register);
  const executed = (await findRun(deps.db, register))?.executed_at ?? null;
  if (row?.state !== 'open' || executed === null) return undefined;
  const supervisors = (await appointmentsOf(deps.db, register)).filter((one) => one.office === 'supervisor');
  if (supervisors.length !== 2 || supervisors.some((one) => one.witnessed_at === null)) return undefined;
  const made = await certificatesOf(deps.db, register);
  const main = made.find((one) => one.kind === 'main');
  if (!main) return 'main';
  const { all, gone } = await copySums(deps.db, register);
  if (gone < all) return undefined;
  return main.locked > 0 && !made.some((one) => one.kind === 'supplement') ? 'supplement' : 'close';
}

async function keep(deps: ExecutionDeps, register: string, kind: CertificateKind, made: PreparedCertificate): Promise<void> {
  const system = systemActor();
  await deps.db.tx(async (tx) => {
    await lockRegister(tx, register);
    // another process may have made it meanwhile; what was staged here is then an orphan for the sweep
    if ((await certificatesOf(tx, register)).some((one) => one.kind === kind)) return;
    await deps.vault.record(tx, [made.staged]);
    const { id, number, documentDigest, dataDigest, items, locked, at } = made;
    const entry = await deps.audit.append(tx, {
      actor: system,
      act: 'destruction.certify',
      subject: { kind: 'destruction', id: register },
      decision: 'allow',
      facts: { certificate: id, number, kind, document: documentDigest, data: dataDigest, items, locked, object: made.staged.objectId },
    });
    await insertCertificate(tx, {
      id,
      number,
      register_id: register,
      kind,
      object_id: made.staged.objectId,
      size: made.staged.plainSize,
      document_digest: documentDigest,
      data_digest: dataDigest,
      items,
      locked,
      made_at: at,
      entry_id: entry.id,
    });
  });
}

async function close(deps: ExecutionDeps, register: string): Promise<void> {
  await deps.db.tx(async (tx) => {
    const row = await lockRegister(tx, register);
    if (row?.state !== 'open') return;
    await markClosed(tx, register, deps.now());
    await deps.audit.append(tx, {
      actor: systemActor(),
      act: 'destruction.close',
      subject: { kind: 'destruction', id: register },
      decision: 'allow',
      facts: { number: row.number, items: row.item_count },
    });
  });
}
