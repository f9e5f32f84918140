import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addMigrate } from './migrate.js';
import { addServe } from './serve.js';
import { openTerminal, type Terminal } from './terminal.js';
import { addVerify } from './verify.js';

/** The program's version, from package.json beside `dist`. */
export function version(): string {
  const { version: own } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string };
  return own;
}

/** Every command there is. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command('lantai').description(terminal.phrases.cli.about).version(version());
  addServe(program, terminal, version());
  addMigrate(program, terminal);
  addVerify(program, terminal);
  return program;
}

/** Entry of the program, called by `main.ts` under a Node that is new enough. */
export async function run(argv: readonly string[]): Promise<void> {
  await createProgram(openTerminal(process.env)).parseAsync([...argv]);
}
