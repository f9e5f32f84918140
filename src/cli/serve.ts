import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import type { Command } from 'commander';
import { smallestStaffing } from '../access/index.js';
import type { Credential } from '../accounts/index.js';
import { pastOf, serve, type Serving } from '../app/index.js';
import { systemActor } from '../audit/index.js';
import { type Config, isLoopback } from '../config/index.js';
import { loadDemo } from '../demo/index.js';
import { CodedError } from '../errors/index.js';
import { say } from '../phrases/index.js';
import { untilTold } from './signals.js';
import { attempt, noticeText, type Terminal } from './terminal.js';
import { version } from './version.js';

interface ServeArgs {
  demo?: boolean;
  credentials?: string;
  worker: boolean;
  port?: string;
}

/** The file of the demo's accounts, made before anything else so that a loaded demo never ends without it. */
function openCredentials(terminal: Terminal, file: string): { write(list: readonly Credential[]): void; drop(): void } {
  let fd: number;
  try {
    fd = openSync(file, 'wx', 0o600);
  } catch (error) {
    throw new CodedError('conflict', { detail: say(terminal.phrases.cli.serve.credentialsExist, { file }), cause: error });
  }
  let written = false;
  return {
    write(list) {
      writeSync(
        fd,
        `${JSON.stringify(
          list.map(({ role, username, password, totp }) => ({ role, username, password, totp })),
          null,
          2,
        )}\n`,
      );
      closeSync(fd);
      written = true;
      terminal.line(say(terminal.phrases.cli.serve.demoWritten, { file }));
    },
    drop() {
      if (written) return;
      closeSync(fd);
      rmSync(file, { force: true });
    },
  };
}

function configFor(terminal: Terminal, args: ServeArgs): Config {
  const config = { ...terminal.config() };
  if (args.port !== undefined) {
    const port = /^\d{1,5}$/.test(args.port) ? Number(args.port) : NaN;
    if (!(port <= 65_535)) throw new CodedError('invalid_field', { fields: [{ field: '--port', code: 'not_a_number' }] });
    config.port = port;
  }
  if (args.credentials !== undefined && !args.demo) throw new CodedError('invalid_request', { detail: terminal.phrases.cli.serve.credentialsNeedDemo });
  if (args.demo && !isLoopback(config.host)) throw new CodedError('invalid_request', { detail: terminal.phrases.cli.serve.demoLoopback });
  return config;
}

/** What is shown once: the accounts of a new demo, or the invitations of a first start with the smallest staffing. */
function introduce(terminal: Terminal, { url, invitations, archive }: Serving, accounts: readonly Credential[]): void {
  const { cli, access } = terminal.phrases;
  if (accounts.length > 0) terminal.line(cli.serve.demoAccounts);
  for (const { role, username, password, totp } of accounts) {
    terminal.line(say(cli.serve.demoAccount, { role: access.roles[role], username, password }));
    if (totp !== undefined) terminal.line(say(cli.serve.demoFactor, { totp }));
  }
  if (invitations.length === 0) return;
  terminal.line(say(cli.serve.invitations, { url: `${url}/claim` }));
  for (const { role, secret } of invitations) terminal.line(say(cli.serve.invitation, { role: access.roles[role], secret }));
  const { profile } = archive.policies.active();
  const { persons, duties } = smallestStaffing(profile);
  const names = new Intl.ListFormat(terminal.lang, { type: 'unit', style: 'long' }).format(duties.map((duty) => duty.names[terminal.lang]));
  terminal.line(say(cli.serve.staffing, { profile: profile.names[terminal.lang], count: persons, duties: names }));
}

async function run(terminal: Terminal, args: ServeArgs): Promise<void> {
  const config = configFor(terminal, args);
  const credentials = args.credentials === undefined ? undefined : openCredentials(terminal, args.credentials);
  const { cli } = terminal.phrases;
  const started = performance.now();
  let accounts: readonly Credential[] = [];
  try {
    const serving = await serve(config, {
      log: terminal.log(),
      tell: (notice) => terminal.line(noticeText(terminal, notice)),
      demo: args.demo ?? false,
      worker: args.worker,
      version: version(),
      async loadDemo(archive) {
        const loaded = await loadDemo(
          { ...archive, past: pastOf(archive) },
          {
            requestId: systemActor().requestId,
            onProgress: (done, total) => terminal.progress(say(cli.serve.demoLoading, { done, total })),
          },
        );
        accounts = loaded.credentials;
        credentials?.write(accounts);
      },
    });
    introduce(terminal, serving, accounts);
    terminal.line(say(cli.serve.ready, { url: serving.url, seconds: ((performance.now() - started) / 1000).toFixed(1) }));
    await untilTold(terminal);
    await serving.stop();
    terminal.line(cli.serve.stopped);
  } finally {
    credentials?.drop();
  }
}

/** `lantai serve`: until it is told to stop. */
export function addServe(program: Command, terminal: Terminal): void {
  const { cli } = terminal.phrases;
  program
    .command('serve', { isDefault: true })
    .description(cli.serve.about)
    .option('--port <number>', cli.serve.port)
    .option('--demo', cli.serve.demo)
    .option('--credentials <file>', cli.serve.credentials)
    .option('--no-worker', cli.serve.noWorker)
    .action((args: ServeArgs) => attempt(terminal, () => run(terminal, args)));
}
