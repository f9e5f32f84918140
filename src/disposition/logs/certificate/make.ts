import { findGone } from '../../../audit/index.js';
import { canonicalJson } from '../../../crypto/index.js';
import { CodedError } from '../../../errors/index.js';
import { placeOf, sealCertificate, signedPart, type SealedCertificate } from '../../execution/certificate/seal.js';
import type { SignedPart } from '../../execution/certificate/data.js';
import type { CertificateKind } from '../../execution/values.js';
import { digestText } from '../../register/index.js';
import type { LogTermDeps } from '../deps.js';
import { findLogRegister, logAppointmentsOf, logApprovalsOf, logCopiesOf } from '../store.js';
import { LOG_CERTIFICATE_FORMAT, STAYS, type LogCertificateData } from './data.js';
import { logCertificatePdf } from './pdf.js';

export interface PreparedLogCertificate extends SealedCertificate {
  locked: number;
}

/** The number of a register's certificate: `ZU-2033-000001` of `U-2033-000001`. */
export const logCertificateNumber = (register: string, kind: CertificateKind): string => `Z${register}${kind === 'supplement' ? '-S' : ''}`;

/** Gathers what is certified, makes the signed document and stages it; it is a certificate only once the catalogue names it. */
export async function prepareLogCertificate(deps: LogTermDeps, register: string, kind: CertificateKind): Promise<PreparedLogCertificate> {
  const data = await gather(deps, register, kind);
  const json = canonicalJson(data);
  const pdf = await logCertificatePdf(deps, data, Buffer.from(json), new Date(data.madeAt));
  return { ...(await sealCertificate(deps, { number: data.number, madeAt: data.madeAt, json, pdf })), locked: data.removed.bundlesLocked };
}

async function gather(deps: LogTermDeps, id: string, kind: CertificateKind): Promise<LogCertificateData> {
  const row = await findLogRegister(deps.db, id);
  const gone = row && (await findGone(deps.db, row.log));
  if (!row?.approved_at || !gone?.removedAt) throw new CodedError('not_found', { detail: 'destruction' });
  const [approvals, appointments, copies] = [await logApprovalsOf(deps.db, id), await logAppointmentsOf(deps.db, id), await logCopiesOf(deps.db, id)];
  const people = [row.made_by_person, ...approvals.flatMap((one) => one.person_id ?? []), ...appointments.map((one) => one.person_id)];
  const names = await deps.people.namesOfPersons(people);
  const signed = (person: string, at: Date | null, entry: string | null): Promise<SignedPart> => signedPart(deps, names, { person, at, entry });
  const executor = appointments.find((one) => one.office === 'executor');
  return {
    format: LOG_CERTIFICATE_FORMAT,
    number: logCertificateNumber(row.number, kind),
    kind,
    madeAt: deps.now().toISOString(),
    archive: { id: deps.keystore.archiveId, name: deps.archiveName },
    register: {
      id,
      number: row.number,
      digest: digestText(row.digest),
      madeAt: row.made_at.toISOString(),
      approvedAt: row.approved_at.toISOString(),
    },
    log: {
      name: row.log,
      origin: deps.audit.originOf(row.log),
      size: String(row.size),
      root: row.root.toString('base64'),
      first: row.first_at.toISOString(),
      last: row.last_at.toISOString(),
    },
    term: { rule: row.rule, schedule: row.schedule, until: row.term_until },
    note: gone.note,
    removed: {
      bundles: 'removed_by_version',
      bundlesGone: String(row.bundles_gone),
      bundlesLocked: copies.locked,
      lockedUntil: copies.until?.toISOString() ?? null,
      at: gone.removedAt.toISOString(),
    },
    stays: STAYS,
    maker: await signed(row.made_by_person, row.made_at, null),
    approvals: await Promise.all(
      approvals.map(async (one) => ({
        ...(await signed(one.person_id ?? '', one.at, one.entry_id)),
        step: one.step,
        role: one.role,
        digest: one.digest ? digestText(one.digest) : '',
      })),
    ),
    executor: await signed(executor?.person_id ?? '', row.executing_at, row.begin_entry),
    supervisors: await Promise.all(
      appointments
        .filter((one) => one.office === 'supervisor')
        .map(async (one) => ({
          ...(await signed(one.person_id, one.witnessed_at, one.witness_entry)),
          outside: one.outside,
          checkedAt: one.checked_at?.toISOString() ?? null,
          checkedLog: one.check_entry === null ? null : await placeOf(deps, one.check_entry),
        })),
    ),
  };
}
