import { existsSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { serve, type Serving } from '../app/index.js';
import { CodedError } from '../errors/index.js';
import { say } from '../phrases/index.js';
import { attempt, noticeText, type Terminal } from './terminal.js';

interface Options {
  demo?: boolean;
  credentials?: string;
  worker: boolean;
  port?: string;
}

/** `lantai serve`: HTTP and background work until it is told to stop. */
export function addServe(program: Command, terminal: Terminal, version: string): void {
  const { cli } = terminal.phrases;
  program
    .command('serve', { isDefault: true })
    .description(cli.serve.about)
    .option('--demo', cli.serve.demo)
    .option('--credentials <file>', cli.serve.credentials)
    .option('--no-worker', cli.serve.noWorker)
    .option('--port <port>', cli.serve.port)
    .action((options: Options) => attempt(terminal, () => run(terminal, options, version)));
}

async function run(terminal: Terminal, options: Options, version: string): Promise<void> {
  const { cli } = terminal.phrases;
  const config = { ...terminal.config(), ...(options.port === undefined ? {} : { port: portOf(options.port) }) };
  if (options.credentials !== undefined && existsSync(options.credentials)) throw new CodedError('conflict', { detail: cli.serve.credentialsExist });
  const started = Date.now();
  const serving = await serve(config, {
    log: terminal.log(),
    tell: (notice) => terminal.line(noticeText(terminal, notice)),
    demo: options.demo === true,
    worker: options.worker,
    version,
  });
  announce(terminal, serving);
  terminal.line(say(cli.serve.ready, { url: serving.url, seconds: ((Date.now() - started) / 1000).toFixed(1) }));
  await stopped();
  terminal.line(cli.serve.stopping);
  await serving.stop();
}

function portOf(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new CodedError('invalid_field', { fields: [{ field: '--port', code: 'wrong_type' }] });
  return port;
}

/** The first start's invitations, each shown this once. */
function announce(terminal: Terminal, serving: Serving): void {
  const { cli, access } = terminal.phrases;
  if (serving.invitations.length === 0) return;
  terminal.line(say(cli.serve.invitations, { url: `${serving.url}/claim` }));
  for (const one of serving.invitations) terminal.line(`  ${access.roles[one.role]}  ${one.secret}`);
}

/** Resolves at the first signal to stop; a second one ends the process at once. */
function stopped(): Promise<void> {
  return new Promise((resolve) => {
    const once = (): void => {
      for (const signal of SIGNALS) process.on(signal, () => process.exit(1));
      resolve();
    };
    for (const signal of SIGNALS) process.once(signal, once);
  });
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Writes the accounts of a demo to a file that must not exist, for its owner alone. */
export function writeCredentials(file: string, list: readonly { role: string; username: string; password: string }[]): void {
  writeFileSync(file, `${JSON.stringify(list, null, 2)}\n`, { flag: 'wx', mode: 0o600 });
}
