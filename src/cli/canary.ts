import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { canaryDraft, newCanary } from '../disposition/index.js';
import { withArchive } from './attach.js';
import { attempt, type Terminal } from './terminal.js';

/** `lantai canary DEPARTMENT`: the draft of a test record whose texts a destruction looks for in every raw file. Nothing of it is kept here. */
export function addCanary(program: Command, terminal: Terminal): void {
  const texts = terminal.phrases.execution.canary;
  program
    .command('canary')
    .description(texts.command)
    .argument('<department>', texts.department)
    .action((department: string) =>
      attempt(terminal, () =>
        withArchive(terminal, (archive) => {
          terminal.line(JSON.stringify(canaryDraft(newCanary(archive.keystore, randomBytes), department), null, 2));
          return Promise.resolve();
        }),
      ),
    );
}
