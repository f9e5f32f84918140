import { delimiter } from 'node:path';
import { z } from 'zod';

/** One environment variable. `secret` ones may come from a file named by `<name>_FILE`, as container platforms hand them over. */
export interface Setting {
  env: string;
  schema: z.ZodType;
  /** For `.env.example`: what it does, and the value shown there. */
  doc: string;
  example?: string;
  secret?: boolean;
}

const text = z.string().trim().min(1);
const whole = (min: number, max: number): z.ZodType<number> =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'not_a_number')
    .transform(Number)
    .pipe(z.int().min(min).max(max));
const list = (separator: string): z.ZodType<string[]> =>
  z.string().transform((all) =>
    all
      .split(separator)
      .map((one) => one.trim())
      .filter((one) => one !== ''),
  );
const postgres = z.url({ protocol: /^postgres(ql)?$/ });
const web = z.url({ protocol: /^https?$/ });

function zone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== '';
  } catch {
    return false;
  }
}

const GIB = 2 ** 30;

/** Every setting there is. What is not set has the default that `loadConfig` names; an unknown `LANTAI_…` variable is refused. */
export const SETTINGS = {
  dataDir: { env: 'LANTAI_DATA', schema: text, doc: 'Data folder: embedded database, content, logs.', example: './data' },
  host: { env: 'LANTAI_HOST', schema: text, doc: 'Address to listen on. Anything but loopback needs TLS or a trusted proxy.', example: '127.0.0.1' },
  port: { env: 'LANTAI_PORT', schema: whole(0, 65_535), doc: 'Port to listen on.', example: '8080' },
  publicUrl: { env: 'LANTAI_PUBLIC_URL', schema: web, doc: 'How people reach it, behind a proxy.', example: 'https://archive.example.com' },
  tlsCertificate: { env: 'LANTAI_TLS_CERT', schema: text, doc: 'Certificate chain (PEM file), when Lantai itself serves TLS.', example: '/run/tls/cert.pem' },
  tlsKey: { env: 'LANTAI_TLS_KEY', schema: text, doc: 'Its private key (PEM file).', example: '/run/tls/key.pem' },
  trustedProxy: {
    env: 'LANTAI_TRUSTED_PROXY',
    schema: list(','),
    doc: 'Addresses of the proxies that end TLS, with commas; only their X-Forwarded-* are believed.',
    example: '172.20.0.2',
  },
  databaseUrl: {
    env: 'DATABASE_URL',
    schema: postgres,
    secret: true,
    doc: 'PostgreSQL, as role lantai_app. Unset: the embedded one.',
    example: 'postgresql://lantai_app:…@db.example.com/lantai',
  },
  databaseOwnerUrl: {
    env: 'DATABASE_OWNER_URL',
    schema: postgres,
    secret: true,
    doc: 'The same database as lantai_owner, for migrations.',
    example: 'postgresql://lantai_owner:…@db.example.com/lantai',
  },
  databaseAuditUrl: {
    env: 'DATABASE_AUDIT_URL',
    schema: postgres,
    secret: true,
    doc: 'The same database as lantai_integrator, for the audit log.',
    example: 'postgresql://lantai_integrator:…@db.example.com/lantai',
  },
  s3Endpoint: { env: 'S3_ENDPOINT', schema: web, doc: 'S3 with Object Lock. Unset: a folder in the data folder.', example: 'https://s3.example.com' },
  s3Bucket: {
    env: 'S3_BUCKET',
    schema: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'not_a_code'),
    doc: 'Bucket, made with Object Lock.',
    example: 'lantai',
  },
  s3Region: { env: 'S3_REGION', schema: text, doc: 'Region.', example: 'us-east-1' },
  s3AccessKey: { env: 'S3_ACCESS_KEY', schema: text, secret: true, doc: 'Access key.' },
  s3SecretKey: { env: 'S3_SECRET_KEY', schema: text, secret: true, doc: 'Secret key.' },
  s3ConnectSeconds: {
    env: 'S3_CONNECT_SECONDS',
    schema: whole(1, 120),
    doc: 'Seconds until a connection to the store must stand; then it is out of reach. Default 5.',
    example: '5',
  },
  s3IdleSeconds: {
    env: 'S3_IDLE_SECONDS',
    schema: whole(1, 600),
    doc: 'Seconds for which the store may say and take nothing; what moves slowly is never cut. Default 15.',
    example: '15',
  },
  meiliUrl: {
    env: 'MEILI_URL',
    schema: web,
    doc: 'Meilisearch ≥ 1.50 for the full-text search; over https unless it is on this machine or beside it in a container. Unset: PostgreSQL.',
    example: 'https://search.example.com',
  },
  meiliMasterKey: { env: 'MEILI_MASTER_KEY', schema: z.string().trim().min(16), secret: true, doc: 'Its master key.' },
  meiliIndex: {
    env: 'MEILI_INDEX',
    schema: z.string().regex(/^[a-z0-9_-]{1,60}$/, 'not_a_code'),
    doc: 'Name of the index there; several archives on one server need a name each.',
    example: 'lantai',
  },
  keystore: {
    env: 'KEYSTORE',
    schema: text,
    doc: 'Folder of the keys. Put it on another volume than the data. Default: keystore in the data folder.',
    example: '/var/lib/lantai-keys',
  },
  rawFolders: {
    env: 'LANTAI_RAW_FOLDERS',
    schema: list(delimiter),
    doc: `Folders outside the data folder in whose files the check after a destruction looks for canaries: of Meilisearch, of logs, of a database elsewhere. Between them "${delimiter}".`,
    example: '/var/lib/meilisearch:/var/log/lantai',
  },
  nightlyChecks: {
    env: 'LANTAI_NIGHTLY_CHECKS',
    schema: z.enum(['on', 'off']),
    doc: 'Each night the log is verified and the reads of the store are compared with it, on or off.',
    example: 'on',
  },
  storeLogs: {
    env: 'LANTAI_STORE_LOGS',
    schema: list(delimiter),
    doc: `Files of the access log that the object store itself keeps, compared with the audit log each night, with ${delimiter} between them. A folder keeps its own.`,
    example: '/var/log/minio/audit.jsonl',
  },
  keystoreCopies: {
    env: 'KEYSTORE_COPIES',
    schema: list(delimiter),
    doc: `Further folders that hold a copy of every key, with ${delimiter} between them.`,
    example: '/mnt/keys-a:/mnt/keys-b',
  },
  oidcIssuer: {
    env: 'OIDC_ISSUER',
    schema: web,
    doc: 'Issuer of an OpenID Connect provider, for single sign-on; over https unless it is on this machine. Unset: passwords only.',
    example: 'https://login.example.com',
  },
  oidcClientId: { env: 'OIDC_CLIENT_ID', schema: text, doc: 'Client id of this archive there.', example: 'lantai' },
  oidcClientSecret: { env: 'OIDC_CLIENT_SECRET', schema: text, secret: true, doc: 'Its client secret.' },
  oidcScopes: {
    env: 'OIDC_SCOPES',
    schema: list(' '),
    doc: 'Scopes to ask for, with blanks; openid is always asked for. Add groups where the provider has it as a scope.',
    example: 'profile offline_access',
  },
  oidcMapping: {
    env: 'OIDC_MAPPING',
    schema: text,
    doc: 'File that says what groups of the provider mean here. Default: policies/sign-on/groups.yaml.',
    example: '/etc/lantai/groups.yaml',
  },
  oidcCheckMinutes: {
    env: 'OIDC_CHECK_MINUTES',
    schema: whole(1, 60),
    doc: 'A session from single sign-on is checked with the provider every so many minutes; who left loses access then.',
    example: '10',
  },
  oidcGraceMinutes: {
    env: 'OIDC_GRACE_MINUTES',
    schema: whole(0, 60),
    doc: 'Where the provider cannot be reached, such a session ends so many minutes after its check was due.',
    example: '5',
  },
  timestampUrl: {
    env: 'TIMESTAMP_URL',
    schema: web,
    doc: 'A time-stamping authority (RFC 3161) that stamps the audit log. Its answers are signed, so plain http will do. Unset: none.',
    example: 'http://timestamp.example.com',
  },
  timestampCertificates: {
    env: 'TIMESTAMP_CERTIFICATES',
    schema: text,
    doc: 'File with the certificates (PEM) from which its tokens must come.',
    example: '/etc/lantai/timestamp-authority.pem',
  },
  timestampMinutes: {
    env: 'TIMESTAMP_MINUTES',
    schema: whole(1, 1_440),
    doc: 'Minutes between time stamps of a log that grows.',
    example: '10',
  },
  archiveName: { env: 'LANTAI_ARCHIVE_NAME', schema: text, doc: 'Name of the archive, shown on every page.', example: '客户服务档案室' },
  fonds: { env: 'LANTAI_FONDS', schema: z.string().regex(/^[A-Z0-9]{1,10}$/, 'not_a_code'), doc: 'Fonds 全宗 of records that name none.', example: 'Z001' },
  timeZone: { env: 'LANTAI_TIME_ZONE', schema: z.string().refine(zone, 'unknown_value'), doc: 'Time zone of days, years and terms.', example: 'Asia/Shanghai' },
  profile: { env: 'LANTAI_PROFILE', schema: z.enum(['default', 'strict', 'small']), doc: 'Profile of roles: default, strict or small.', example: 'default' },
  fileBytes: { env: 'LANTAI_LIMIT_FILE_BYTES', schema: whole(1, 64 * GIB), doc: 'Largest file of a record.', example: String(5 * GIB) },
  filesPerRecord: { env: 'LANTAI_LIMIT_FILES', schema: whole(1, 1_000), doc: 'Files per record.', example: '100' },
  jsonBytes: { env: 'LANTAI_LIMIT_JSON_BYTES', schema: whole(1_024, 64 * 2 ** 20), doc: 'Largest JSON or form body.', example: String(2 ** 20) },
  importBytes: {
    env: 'LANTAI_LIMIT_IMPORT_BYTES',
    schema: whole(1, 64 * GIB),
    doc: 'Largest file to import through the page or the API.',
    example: String(20 * GIB),
  },
  sessionIdleMinutes: {
    env: 'LANTAI_SESSION_IDLE_MINUTES',
    schema: whole(1, 1_440),
    doc: 'A session ends after so many minutes without a request.',
    example: '30',
  },
  sessionHours: { env: 'LANTAI_SESSION_HOURS', schema: whole(1, 168), doc: 'A session ends after so many hours in any case.', example: '12' },
  readingIdleMinutes: {
    env: 'LANTAI_READING_IDLE_MINUTES',
    schema: whole(1, 1_440),
    doc: 'A reading expires after so many minutes without use.',
    example: '60',
  },
  changeWaitHours: {
    env: 'LANTAI_CHANGE_WAIT_HOURS',
    schema: whole(1, 720),
    doc: 'A change of roles or rules that the audit administrator has not seen for so many hours is put in front of him again; it never acts by waiting.',
    example: '24',
  },
  accountSleepDays: { env: 'LANTAI_ACCOUNT_SLEEP_DAYS', schema: whole(1, 3_650), doc: 'An account not used for so many days is disabled.', example: '90' },
  logLevel: {
    env: 'LANTAI_LOG_LEVEL',
    schema: z.enum(['debug', 'info', 'warn', 'error', 'silent']),
    doc: 'debug, info, warn, error or silent.',
    example: 'info',
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
