import { type Actor, goneCertificate } from '../../../audit/index.js';
import { CodedError } from '../../../errors/index.js';
import type { Opened } from '../../../vault/index.js';
import { openSealed } from '../../execution/certificate/seal.js';
import type { CertificateKind } from '../../execution/values.js';
import type { LogTermDeps } from '../deps.js';
import { noteLook, registerFor } from '../look.js';
import { logCertificatesOf } from './store.js';

/** The signed note that the entries of the log are destroyed (C2SP), as it stands beside the log; taking it is on record. */
export async function logCertificate(deps: LogTermDeps, actor: Actor, id: string): Promise<{ number: string; log: string; note: string }> {
  const { row } = await registerFor(deps, actor, id);
  const text = await goneCertificate(deps.db, row.log);
  if (text === undefined || row.executing_at === null) throw new CodedError('not_found');
  await noteLook(deps, actor, 'destruction.certificate', row.id, { number: row.number, log: row.log });
  return { number: row.number, log: row.log, note: text };
}

/** The signed document, against a receipt like everything sealed; it stops with the role or session. */
export async function openLogCertificate(deps: LogTermDeps, actor: Actor, id: string, kind: CertificateKind): Promise<Opened & { number: string }> {
  await registerFor(deps, actor, id);
  const one = (await logCertificatesOf(deps.db, id)).find((each) => each.kind === kind);
  if (one === undefined) throw new CodedError('not_found');
  return deps.streams.under(actor, [], async () => ({ ...(await openSealed(deps, actor, one)), number: one.number }));
}
