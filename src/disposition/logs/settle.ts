import { systemActor } from '../../audit/index.js';
import type { CertificateKind } from '../execution/values.js';
import { move } from '../register/flow.js';
import { prepareLogCertificate, type PreparedLogCertificate } from './certificate/make.js';
import { insertLogCertificate, logCertificatesOf } from './certificate/store.js';
import type { LogTermDeps } from './deps.js';
import { flowOfLog, holdLogRegister, logEntry } from './flow.js';
import { findLogRegister, logAppointmentsOf, logCopiesOf, setLogClosed } from './store.js';

/**
 * Does what is due for a register that was carried out: the certificate once both supervisors have signed, a supplementary one once nothing is
 * under lock any more, and then it is closed. Repeatable; nothing happens where nothing is due.
 */
export async function settleLog(deps: LogTermDeps, id: string): Promise<void> {
  for (let kind = await due(deps, id); kind !== undefined; kind = await due(deps, id)) {
    if (kind === 'close') return close(deps, id);
    await keep(deps, id, kind, await prepareLogCertificate(deps, id, kind));
  }
}

async function due(deps: LogTermDeps, id: string): Promise<CertificateKind | 'close' | undefined> {
  if ((await findLogRegister(deps.db, id))?.state !== 'open') return undefined;
  const supervisors = (await logAppointmentsOf(deps.db, id)).filter((one) => one.office === 'supervisor');
  if (supervisors.length !== 2 || supervisors.some((one) => one.witnessed_at === null)) return undefined;
  const made = await logCertificatesOf(deps.db, id);
  const main = made.find((one) => one.kind === 'main');
  if (!main) return 'main';
  if ((await logCopiesOf(deps.db, id)).locked > 0) return undefined;
  return main.locked > 0 && !made.some((one) => one.kind === 'supplement') ? 'supplement' : 'close';
}

async function keep(deps: LogTermDeps, register: string, kind: CertificateKind, made: PreparedLogCertificate): Promise<void> {
  await deps.db.tx(async (tx) => {
    const { row } = await holdLogRegister(tx, register);
    // another process may have made it meanwhile; what was staged here is then an orphan for the sweep
    if ((await logCertificatesOf(tx, register)).some((one) => one.kind === kind)) return;
    await deps.vault.record(tx, [made.staged]);
    const { id, number, documentDigest, dataDigest, locked, at, staged } = made;
    const facts = { certificate: id, kind, document: documentDigest, data: dataDigest, locked, object: staged.objectId };
    const entry = await deps.audit.append(tx, { ...logEntry(deps, systemActor(), 'destruction.certify', row, facts) });
    await insertLogCertificate(tx, {
      id,
      number,
      register_id: register,
      kind,
      object_id: staged.objectId,
      size: staged.plainSize,
      document_digest: documentDigest,
      data_digest: dataDigest,
      locked,
      made_at: at,
      entry_id: entry.id,
    });
  });
}

async function close(deps: LogTermDeps, id: string): Promise<void> {
  await deps.db.tx(async (tx) => {
    const held = await holdLogRegister(tx, id);
    const { locked } = await logCopiesOf(tx, id);
    const flow = flowOfLog(held.row, held.approvals, held.appointments, locked);
    if (flow.state !== 'open') return;
    move(flow, { kind: 'close' });
    await setLogClosed(tx, id, deps.now());
    await deps.audit.append(tx, logEntry(deps, systemActor(), 'destruction.close', held.row, { size: String(held.row.size) }));
  });
}
