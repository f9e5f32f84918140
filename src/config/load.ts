import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { z } from 'zod';
import { CodedError, type FieldError, fieldErrors } from '../errors/index.js';
import { type Setting, type SettingName, SETTINGS } from './settings.js';

export interface Config {
  dataDir: string;
  host: string;
  port: number;
  publicUrl?: string;
  tls?: { certificate: string; key: string };
  /** Addresses whose `X-Forwarded-*` headers are believed. */
  trustedProxy?: string[];
  /** Three roles of one database; all or none. Unset means the embedded one. */
  database?: { appUrl: string; ownerUrl: string; auditUrl: string };
  /** Unset means a folder in the data folder. */
  s3?: { endpoint: string; bucket: string; region: string; accessKey: string; secretKey: string; patience: { connect: number; idle: number } };
  /** Unset means that PostgreSQL searches. */
  meilisearch?: { url: string; masterKey: string; index: string };
  /** Unset: people sign in with passwords only. */
  oidc?: { issuer: string; clientId: string; clientSecret: string; scopes: string[]; mapping?: string; checkMinutes: number; graceMinutes: number };
  /** Unset: the log stands under the archive's own signature, and under checkpoints that others keep. */
  timestamps?: { url: string; certificates: string; minutes: number };
  keystore: string;
  keystoreCopies: string[];
  /** Whether the log is verified, and reads are compared with it, each night. */
  nightlyChecks: boolean;
  /** Files of the store's own access log; a folder keeps one by itself. */
  storeLogs: string[];
  /** Folders outside the data folder that are looked through for canaries. */
  rawFolders: string[];
  archiveName: string;
  fonds: string;
  timeZone: string;
  profile: 'default' | 'strict' | 'small';
  limits: { fileBytes: number; filesPerRecord: number; jsonBytes: number; importBytes: number };
  sessionIdleMinutes: number;
  sessionHours: number;
  readingIdleMinutes: number;
  changeWaitHours: number;
  accountSleepDays: number;
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

export type Environment = Readonly<Record<string, string | undefined>>;

type Values = { [N in SettingName]?: z.output<(typeof SETTINGS)[N]['schema']> };

const wrong = (field: string, code: string): FieldError => ({ field, code });

/** The text of a setting, or of the file that `<name>_FILE` names. An empty one counts as unset. */
function rawValue(setting: Setting, env: Environment, errors: FieldError[]): string | undefined {
  const file = setting.secret ? env[`${setting.env}_FILE`] : undefined;
  const own = env[setting.env]?.trim();
  if (!file) return own === '' ? undefined : own;
  if (own) errors.push(wrong(setting.env, 'given_twice'));
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    errors.push(wrong(`${setting.env}_FILE`, 'unreadable'));
    return undefined;
  }
}

function readValues(env: Environment, errors: FieldError[]): Values {
  const values: Record<string, unknown> = {};
  const known = new Set<string>(['LANTAI_RESTARTED']); // see main.ts
  for (const [name, setting] of Object.entries<Setting>(SETTINGS)) {
    known.add(setting.env);
    if (setting.secret) known.add(`${setting.env}_FILE`);
    const raw = rawValue(setting, env, errors);
    if (raw === undefined) continue;
    const result = setting.schema.safeParse(raw, { reportInput: true });
    if (result.success) values[name] = result.data;
    else errors.push(...fieldErrors(result.error, setting.env));
  }
  // A misspelt name would be a setting that silently does nothing. `LANTAI_TEST_…` belongs to the tests.
  for (const name of Object.keys(env)) {
    if (name.startsWith('LANTAI_') && !name.startsWith('LANTAI_TEST_') && !known.has(name)) errors.push(wrong(name, 'unknown_field'));
  }
  return values;
}

/** Settings that only make sense together: all of them, or none. */
function together<N extends SettingName>(values: Values, names: readonly N[], errors: FieldError[]): Required<Pick<Values, N>> | undefined {
  const missing = names.filter((name) => values[name] === undefined);
  if (missing.length === names.length) return undefined;
  errors.push(...missing.map((name) => wrong(SETTINGS[name].env, 'missing')));
  return missing.length === 0 ? (values as Required<Pick<Values, N>>) : undefined;
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** Whether an address can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host) || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Whether what is sent there, texts and a key among it, crosses no network in the clear: https, this machine, or a name without
 * a domain, as services have in a container network of their own.
 */
function isCovered(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || isLoopback(hostname.replace(/^\[|\]$/g, '')) || /^[a-z0-9_-]*[a-z_-][a-z0-9_-]*$/i.test(hostname);
}

/** What a provider says is believed: from this machine, or over https. */
function isSafeIssuer(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || isLoopback(hostname.replace(/^\[|\]$/g, ''));
}

/**
 * Reads the configuration from the environment, once. Throws `invalid_field` with every variable that is wrong;
 * it never quotes a value, since some are secrets.
 */
export function loadConfig(env: Environment): Config {
  const errors: FieldError[] = [];
  const values = readValues(env, errors);
  const tls = together(values, ['tlsCertificate', 'tlsKey'], errors);
  const database = together(values, ['databaseUrl', 'databaseOwnerUrl', 'databaseAuditUrl'], errors);
  const s3 = together(values, ['s3Endpoint', 's3Bucket', 's3AccessKey', 's3SecretKey'], errors);
  const meili = together(values, ['meiliUrl', 'meiliMasterKey'], errors);
  if (meili && !isCovered(meili.meiliUrl)) errors.push(wrong(SETTINGS.meiliUrl.env, 'needs_https'));
  if (!meili && values.meiliIndex !== undefined && values.meiliUrl === undefined) errors.push(wrong(SETTINGS.meiliUrl.env, 'missing'));
  const timestamps = together(values, ['timestampUrl', 'timestampCertificates'], errors);
  const oidc = together(values, ['oidcIssuer', 'oidcClientId', 'oidcClientSecret'], errors);
  if (oidc && !isSafeIssuer(oidc.oidcIssuer)) errors.push(wrong(SETTINGS.oidcIssuer.env, 'needs_https'));
  const dataDir = resolve(values.dataDir ?? './data');
  const host = values.host ?? '127.0.0.1';
  if (!isLoopback(host) && !tls && !values.trustedProxy?.length) errors.push(wrong(SETTINGS.host.env, 'needs_tls'));
  // the provider sends people back to a fixed address
  if (oidc && !isLoopback(host) && values.publicUrl === undefined) errors.push(wrong(SETTINGS.publicUrl.env, 'missing'));
  if (errors.length > 0) {
    throw new CodedError('invalid_field', { fields: errors, detail: errors.map((one) => `${one.field}: ${one.code}`).join(', ') });
  }
  return {
    dataDir,
    host,
    port: values.port ?? 8080,
    ...(values.publicUrl === undefined ? {} : { publicUrl: values.publicUrl }),
    ...(tls ? { tls: { certificate: tls.tlsCertificate, key: tls.tlsKey } } : {}),
    ...(values.trustedProxy?.length ? { trustedProxy: values.trustedProxy } : {}),
    ...(database ? { database: { appUrl: database.databaseUrl, ownerUrl: database.databaseOwnerUrl, auditUrl: database.databaseAuditUrl } } : {}),
    ...(s3
      ? {
          s3: {
            endpoint: s3.s3Endpoint,
            bucket: s3.s3Bucket,
            region: values.s3Region ?? 'us-east-1',
            accessKey: s3.s3AccessKey,
            secretKey: s3.s3SecretKey,
            patience: { connect: (values.s3ConnectSeconds ?? 5) * 1000, idle: (values.s3IdleSeconds ?? 15) * 1000 },
          },
        }
      : {}),
    ...(meili ? { meilisearch: { url: meili.meiliUrl, masterKey: meili.meiliMasterKey, index: values.meiliIndex ?? 'lantai' } } : {}),
    ...(oidc
      ? {
          oidc: {
            issuer: oidc.oidcIssuer,
            clientId: oidc.oidcClientId,
            clientSecret: oidc.oidcClientSecret,
            scopes: [...new Set(['openid', ...(values.oidcScopes ?? ['profile', 'offline_access'])])],
            ...(values.oidcMapping === undefined ? {} : { mapping: resolve(values.oidcMapping) }),
            checkMinutes: values.oidcCheckMinutes ?? 10,
            graceMinutes: values.oidcGraceMinutes ?? 5,
          },
        }
      : {}),
    ...(timestamps
      ? { timestamps: { url: timestamps.timestampUrl, certificates: resolve(timestamps.timestampCertificates), minutes: values.timestampMinutes ?? 10 } }
      : {}),
    keystore: resolve(values.keystore ?? join(dataDir, 'keystore')),
    keystoreCopies: (values.keystoreCopies ?? []).map((one) => resolve(one)),
    nightlyChecks: values.nightlyChecks !== 'off',
    storeLogs: (values.storeLogs ?? []).map((one) => resolve(one)),
    rawFolders: (values.rawFolders ?? []).map((one) => resolve(one)),
    archiveName: values.archiveName ?? '兰台',
    fonds: values.fonds ?? 'Z001',
    timeZone: values.timeZone ?? 'Asia/Shanghai',
    profile: values.profile ?? 'default',
    limits: {
      fileBytes: values.fileBytes ?? 5 * 2 ** 30,
      filesPerRecord: values.filesPerRecord ?? 100,
      jsonBytes: values.jsonBytes ?? 2 ** 20,
      importBytes: values.importBytes ?? 20 * 2 ** 30,
    },
    sessionIdleMinutes: values.sessionIdleMinutes ?? 30,
    sessionHours: values.sessionHours ?? 12,
    readingIdleMinutes: values.readingIdleMinutes ?? 60,
    changeWaitHours: values.changeWaitHours ?? 24,
    accountSleepDays: values.accountSleepDays ?? 90,
    logLevel: values.logLevel ?? 'info',
  };
}
