import type { Command } from 'commander';
import { randomUUID } from 'node:crypto';
import { say } from '../phrases/index.js';
import { withArchive } from './attach.js';
import { attempt, type Terminal } from './terminal.js';

/** `lantai invitations`: new ones for the administrators that still wait, when the first were lost or have expired. Refused for good once all three are claimed. */
export function addInvitations(program: Command, terminal: Terminal): void {
  const { accounts, access, cli } = terminal.phrases;
  program
    .command('invitations')
    .description(accounts.bootstrap.about)
    .action(() =>
      attempt(terminal, () =>
        withArchive(terminal, async (archive) => {
          const issued = await archive.accounts.renewInvitations({ requestId: randomUUID() });
          terminal.line(accounts.bootstrap.renewed);
          for (const { role, secret } of issued) terminal.line(say(cli.serve.invitation, { role: access.roles[role], secret }));
        }),
      ),
    );
}
