import { canonicalJson } from '../../../crypto/index.js';
import { CodedError } from '../../../errors/index.js';
import { findKeyDestruction } from '../../../vault/index.js';
import { digestText } from '../../register/index.js';
import { closedKeys, copySums } from '../copies-store.js';
import type { ExecutionDeps } from '../deps.js';
import type { ClosureReport } from '../steps/index.js';
import { approvalsOf, appointmentsOf, findRegister, findRun, goneItems, stepsOf } from '../store.js';
import type { CertificateKind } from '../values.js';
import { CERTIFICATE_FORMAT, type CertificateData, type SignedPart } from './data.js';
import { certificatePdf } from './pdf.js';
import { placeOf, sealCertificate, signedPart, type SealedCertificate } from './seal.js';
import { erasureBehind } from './store.js';

export interface PreparedCertificate extends SealedCertificate {
  items: number;
  locked: number;
}

/** The number of a register's certificate: the same year and serial, `Z` for 证明. */
export const certificateNumber = (register: string, kind: CertificateKind): string => `Z${register.slice(1)}${kind === 'supplement' ? '-S' : ''}`;

/** Gathers what is certified, makes the signed document and stages it; it is a certificate only once the catalogue names it. */
export async function prepareCertificate(deps: ExecutionDeps, register: string, kind: CertificateKind): Promise<PreparedCertificate> {
  const data = await gather(deps, register, kind);
  const json = canonicalJson(data);
  const pdf = await certificatePdf(deps, data, Buffer.from(json), new Date(data.madeAt));
  const locked = data.items.filter((one) => one.state === 'shredded').length;
  return { ...(await sealCertificate(deps, { number: data.number, madeAt: data.madeAt, json, pdf })), items: data.items.length, locked };
}

async function gather(deps: ExecutionDeps, register: string, kind: CertificateKind): Promise<CertificateData> {
  const [row, run] = [await findRegister(deps.db, register), await findRun(deps.db, register)];
  if (!row || !run?.report) throw new CodedError('not_found', { detail: 'destruction' });
  const [approvals, appointments] = [await approvalsOf(deps.db, register, row.round), await appointmentsOf(deps.db, register)];
  const names = await deps.namesOf([...approvals.flatMap((one) => one.person_id ?? []), ...appointments.map((one) => one.person_id)]);
  const signed = (person: string, at: Date | null, entry: string | null): Promise<SignedPart> => signedPart(deps, names, { person, at, entry });
  const [sums, keys] = [await copySums(deps.db, register), await findKeyDestruction(deps.db, register)];
  const erasure = await erasureBehind(deps.db, register);
  const executor = appointments.find((one) => one.office === 'executor');
  return {
    format: CERTIFICATE_FORMAT,
    number: certificateNumber(row.number, kind),
    kind,
    madeAt: deps.now().toISOString(),
    archive: { id: deps.keystore.archiveId, name: deps.archiveName },
    register: {
      id: register,
      number: row.number,
      digest: digestText(row.digest),
      place: row.place,
      frozenAt: row.frozen_at.toISOString(),
      approvedAt: row.approved_at.toISOString(),
    },
    ...(erasure && {
      erasure: { request: erasure.request, law: 'PIPL-47' as const, outcome: erasure.outcome, decidedAt: erasure.decided_at.toISOString() },
    }),
    items: (await goneItems(deps.db, register)).map((one) => ({ ...one.facts, position: one.position, state: one.state })),
    method: {
      keys: 'cryptographic_erasure',
      objects: 'removed_by_version',
      standard: 'NIST SP 800-88 Rev. 1',
      keystores: keys?.places ?? deps.keystore.places,
      generations: await closedKeys(deps.db, register),
      survivorsRewrapped: keys?.rewrapped ?? 0,
      objectsAll: sums.all,
      objectsGone: sums.gone,
      objectsLocked: sums.locked,
      lockedUntil: sums.until?.toISOString() ?? null,
    },
    steps: (await stepsOf(deps.db, register)).map((one) => ({
      step: one.step,
      doneAt: one.done_at?.toISOString() ?? '',
      attempts: one.attempts,
      facts: one.facts,
    })),
    approvals: await Promise.all(
      approvals.map(async (one) => ({
        ...(await signed(one.person_id ?? '', one.at, one.entry_id)),
        step: one.step,
        role: one.role,
        digest: one.digest ? digestText(one.digest) : '',
      })),
    ),
    executor: await signed(executor?.person_id ?? run.executor_person, run.started_at, run.entry_id),
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
    closure: run.report as unknown as ClosureReport,
  };
}
