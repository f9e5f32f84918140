import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { loadConfig, readYaml } from '../../src/config/index.js';
import { ROOT, sources } from '../support/sources.js';

interface Service {
  image: string;
  environment?: Record<string, string>;
  volumes?: string[];
  ports?: string[];
  secrets?: string[];
  healthcheck?: { test: string[] };
  command?: string[];
}

interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
  secrets: Record<string, { file: string }>;
  networks: Record<string, { internal?: boolean } | null>;
}

const compose = (await readYaml(join(ROOT, 'docker-compose.yml'))) as Compose;
const services = Object.entries(compose.services);
const lantai = compose.services['lantai'] as Service;

test('the four services are there, pinned, each with a health check', (t) => {
  t.deepEqual(Object.keys(compose.services).sort(), ['lantai', 'meilisearch', 'minio', 'postgres']);
  for (const [name, service] of services) {
    t.regex(service.image, /:[\w.-]*\d[\w.-]*$/, name);
    t.notRegex(service.image, /latest/, name);
    t.truthy(service.healthcheck?.test.length, name);
  }
  t.is(compose.services['minio']?.image, 'minio/minio:RELEASE.2025-10-15T17-29-55Z');
  t.regex(compose.services['postgres']?.image ?? '', /^postgres:18\./);
});

test('R19: no secret stands in the file; each one comes as a file', (t) => {
  for (const [name, service] of services) {
    for (const [key, value] of Object.entries(service.environment ?? {})) {
      if (/PASSWORD|SECRET|KEY|_URL$/.test(key.replace(/_FILE$/, '')) && !['LANTAI_PUBLIC_URL', 'MEILI_URL'].includes(key))
        t.regex(value, /^\/run\/secrets\//, `${name}: ${key}`);
    }
    for (const secret of service.secrets ?? []) t.truthy(compose.secrets[secret], secret);
  }
  t.true(Object.values(compose.secrets).every((one) => one.file.startsWith('./secrets/')));
  t.regex(readFileSync(join(ROOT, '.gitignore'), 'utf8'), /^secrets\/$/m);
  t.regex(readFileSync(join(ROOT, '.dockerignore'), 'utf8'), /^secrets$/m);
});

test('R21: the keys lie on a volume that no other service sees', (t) => {
  const holders = services.filter(([, service]) => service.volumes?.some((one) => one.startsWith('keystore:'))).map(([name]) => name);
  t.deepEqual(holders, ['lantai']);
  for (const [, service] of services)
    for (const volume of service.volumes ?? []) if (!volume.startsWith('.')) t.true((volume.split(':')[0] ?? '') in compose.volumes);
});

test('nothing is published but Lantai itself, on loopback', (t) => {
  for (const [name, service] of services) for (const port of service.ports ?? []) t.regex(port, /^127\.0\.0\.1:/, name);
  t.deepEqual(
    services.filter(([, service]) => service.ports).map(([name]) => name),
    ['lantai'],
  );
  t.true(compose.networks['back']?.internal);
});

test("R19: PostgreSQL's log takes no row content", (t) => {
  const words = compose.services['postgres']?.command ?? [];
  for (const setting of ['log_error_verbosity=terse', 'log_min_error_statement=panic', 'log_statement=none']) t.true(words.includes(setting), setting);
});

test('what the file sets is a configuration that Lantai takes, with the secrets that make-secrets makes', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lantai-compose-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(ROOT, 'scripts', 'make-secrets.sh'), join(folder, 'scripts', 'make-secrets.sh'), { recursive: true });
  const make = (): number | null => spawnSync('bash', [join(folder, 'scripts', 'make-secrets.sh')], { stdio: 'ignore' }).status;
  t.is(make(), 0);
  t.is(make(), 1, 'it never overwrites');
  t.deepEqual(readdirSync(join(folder, 'secrets')).sort(), Object.keys(compose.secrets).sort());
  t.is(statSync(join(folder, 'secrets')).mode & 0o777, 0o700);
  const env = Object.fromEntries(
    Object.entries(lantai.environment ?? {}).map(([key, value]) => [
      key,
      value.replace('/run/secrets', join(folder, 'secrets')).replace(/\$\{\w+:-([^}]*)\}/, '$1'),
    ]),
  );
  const config = loadConfig(env);
  t.true(config.database?.appUrl.startsWith('postgresql://lantai_app:'));
  t.is(config.s3?.bucket, 'lantai');
  t.is(config.meilisearch?.url, 'http://meilisearch:7700');
  t.regex(config.meilisearch?.masterKey ?? '', /^[0-9a-f]{48}$/);
});

test('the image runs under a user of its own and compiles in a stage that it does not ship', (t) => {
  const lines = readFileSync(join(ROOT, 'Dockerfile'), 'utf8').split('\n');
  t.is(lines.filter((line) => line.startsWith('FROM ')).length, 2);
  const user = lines.findIndex((line) => line.startsWith('USER '));
  t.not(lines[user], 'USER root');
  t.true(user > 0 && user < lines.findIndex((line) => line.startsWith('ENTRYPOINT')));
  for (const line of lines.filter((one) => one.startsWith('COPY ') && !one.includes('--from='))) {
    for (const source of line.split(' ').slice(1, -1)) t.true(existsSync(join(ROOT, source)), source);
  }
});

test('the image holds every folder of the project that the program reads from', (t) => {
  const ships =
    readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
      .split(/^FROM /m)
      .at(-1) ?? '';
  const copied = [...ships.matchAll(/^COPY (?!--from)(\S+) /gm)].map(([, path]) => path ?? '');
  const read = sources('src').flatMap(({ text }) => [...text.matchAll(/projectPath\([`'"]([\w./-]+)/g)].map(([, path]) => (path ?? '').replace(/\/$/, '')));
  t.true(read.includes('scripts/verify') && read.includes('retention'), 'what packs take along, and what every start reads');
  t.deepEqual(
    read.filter((path) => !copied.some((one) => path === one || path.startsWith(`${one}/`))),
    [],
  );
});
