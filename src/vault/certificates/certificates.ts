import { createHash, X509Certificate } from 'node:crypto';
import { type Actor, type Audit, systemActor } from '../../audit/index.js';
import { detachedCms, issueCertificate, type Keystore, pem, type SigningKey } from '../../crypto/index.js';
import type { Db, Tx } from '../../db/index.js';
import { allCertificates, type CertificateKind, type CertificateRow, insertCertificate, lockIssuing, newestCertificate } from './store.js';

/** Years for which a certificate holds. */
const YEARS = { authority: 30, signing: 5 } as const;
const DAY = 86_400_000;
/** A signing certificate that ends sooner is followed by a new one, so that a document never bears one that just ends. */
const RENEW_BEFORE = 90 * DAY;
/** A clock that is behind by less still takes a new certificate for good. */
const BACKDATED = DAY;

export interface CertificatesDeps {
  db: Db;
  audit: Pick<Audit, 'append'>;
  keystore: Keystore;
  archiveName: string;
  now: () => Date;
  random: (n: number) => Buffer;
}

export interface CertificateView {
  kind: CertificateKind;
  generation: number;
  pem: string;
  /** SHA-256, hexadecimal. */
  fingerprint: string;
  subject: string;
  from: Date;
  until: Date;
}

/** The archive's own authority and signing certificate; made at the first use, renewed before they end. */
export interface Certificates {
  /** Issues what is missing. Called at every start, so that the first document does not wait. */
  prepare(): Promise<void>;
  /** A detached CMS signature in DER over what has this SHA-256 digest, with the chain inside. */
  sign(digest: Buffer): Promise<Buffer>;
  /** What a verifier imports: the authority, and the certificate in force. */
  current(): Promise<{ authority: CertificateView; signing: CertificateView }>;
  /** Everything that was ever issued, newest first. */
  all(): Promise<CertificateView[]>;
  /** Issues the next signing certificate, with a key of its own; the former stays good for what it signed. */
  renew(actor: Actor): Promise<CertificateView>;
}

/** The keys are derived from the keystore's root: durable in every copy of it before their first use, and stored nowhere. */
const keyOf = (deps: CertificatesDeps, kind: CertificateKind, generation: number): SigningKey => deps.keystore.certifyingKey(`documents/${kind}/${generation}`);

export function createCertificates(deps: CertificatesDeps): Certificates {
  let held: { authority: CertificateRow; signing: CertificateRow } | undefined;

  async function inForce(): Promise<{ authority: CertificateRow; signing: CertificateRow }> {
    const ends = deps.now().getTime() + RENEW_BEFORE;
    if (held && held.signing.until_at.getTime() > ends) return held;
    const known = { authority: await newestCertificate(deps.db, 'authority'), signing: await newestCertificate(deps.db, 'signing') };
    const { authority, signing } = known;
    if (authority && signing && signing.until_at.getTime() > ends) return (held = { authority, signing });
    return (held = await deps.db.tx((tx) => issueMissing(deps, tx, systemActor(), false)));
  }

  return {
    async prepare() {
      await inForce();
    },
    async sign(digest) {
      const { authority, signing } = await inForce();
      const { privateKey } = keyOf(deps, 'signing', signing.generation);
      return detachedCms({ digest, privateKey, chain: [signing.der, authority.der] });
    },
    async current() {
      const { authority, signing } = await inForce();
      return { authority: show(authority), signing: show(signing) };
    },
    all: async () => (await allCertificates(deps.db)).map(show),
    async renew(actor) {
      held = await deps.db.tx((tx) => issueMissing(deps, tx, actor, true));
      return show(held.signing);
    },
  };
}

/** Under a lock: another process may have issued meanwhile. An authority that ends before its next certificate would is followed first. */
async function issueMissing(deps: CertificatesDeps, tx: Tx, actor: Actor, always: boolean): Promise<{ authority: CertificateRow; signing: CertificateRow }> {
  await lockIssuing(tx);
  const now = deps.now().getTime();
  const reach = yearsAfter(deps.now(), YEARS.signing).getTime();
  let authority = await newestCertificate(tx, 'authority');
  if (!authority || authority.until_at.getTime() < reach) authority = await issue(deps, tx, actor, 'authority', (authority?.generation ?? 0) + 1, undefined);
  let signing = await newestCertificate(tx, 'signing');
  if (always || !signing || signing.until_at.getTime() <= now + RENEW_BEFORE) {
    signing = await issue(deps, tx, actor, 'signing', (signing?.generation ?? 0) + 1, authority);
  }
  return { authority, signing };
}

function yearsAfter(at: Date, years: number): Date {
  const date = new Date(at);
  date.setUTCFullYear(date.getUTCFullYear() + years);
  return date;
}

async function issue(
  deps: CertificatesDeps,
  tx: Tx,
  actor: Actor,
  kind: CertificateKind,
  generation: number,
  authority: CertificateRow | undefined,
): Promise<CertificateRow> {
  const nameOf = (of: CertificateKind, number: number) => ({
    organisation: deps.archiveName,
    // the archive's id tells apart two archives of one name
    commonName: `Lantai ${of === 'authority' ? 'archive authority' : 'document signature'} ${deps.keystore.archiveId.slice(-12)} G${number}`,
  });
  const own = { ...keyOf(deps, kind, generation), name: nameOf(kind, generation) };
  const issuer = authority ? { ...keyOf(deps, 'authority', authority.generation), name: nameOf('authority', authority.generation) } : own;
  const from = new Date(deps.now().getTime() - BACKDATED);
  const until = yearsAfter(deps.now(), YEARS[kind]);
  const der = issueCertificate({ kind, subject: own.name, publicKey: own.publicKey, issuer, serial: deps.random(16), from, until });
  const row: CertificateRow = { kind, generation, der, fingerprint: createHash('sha256').update(der).digest('hex'), from_at: from, until_at: until };
  await insertCertificate(tx, row);
  await deps.audit.append(tx, {
    actor,
    act: 'certificate.issue',
    subject: { kind: 'certificate', id: `${kind}-${generation}` },
    decision: 'allow',
    facts: { fingerprint: row.fingerprint, until: until.toISOString() },
  });
  return row;
}

function show(row: CertificateRow): CertificateView {
  const { subject } = new X509Certificate(row.der);
  return {
    kind: row.kind,
    generation: row.generation,
    pem: pem(row.der),
    fingerprint: row.fingerprint,
    subject: subject.replaceAll('\n', ', '),
    from: row.from_at,
    until: row.until_at,
  };
}
