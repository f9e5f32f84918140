import { Command } from 'commander';
import { freeBuffersAtOnce } from '../config/index.js';
import { addAuditLog } from './audit-log.js';
import { addRebuildIndex } from './index-commands.js';
import { addImport } from './import.js';
import { addCouldRead } from './could-read.js';
import { addCanary } from './canary.js';
import { addCertificates } from './certificates.js';
import { addInvitations } from './invitations.js';
import { addKeys } from './keys.js';
import { addMigrate } from './migrate.js';
import { addRetention } from './retention.js';
import { addServe } from './serve.js';
import { openTerminal, type Terminal } from './terminal.js';
import { addVerify } from './verify.js';
import { version } from './version.js';
import { addWorker } from './worker.js';

/** Every command there is. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command('lantai').description(terminal.phrases.cli.about).version(version());
  addServe(program, terminal);
  addWorker(program, terminal);
  addImport(program, terminal);
  addMigrate(program, terminal);
  addInvitations(program, terminal);
  addKeys(program, terminal);
  addCertificates(program, terminal);
  addCanary(program, terminal);
  addRetention(program, terminal);
  addRebuildIndex(program, terminal);
  addVerify(program, terminal);
  addCouldRead(program, terminal);
  addAuditLog(program, terminal);
  return program;
}

/** Entry of the program, called by `main.ts` under a Node that is new enough. */
export async function run(argv: readonly string[]): Promise<void> {
  freeBuffersAtOnce();
  await createProgram(openTerminal(process.env)).parseAsync([...argv]);
}
