import type { Command } from 'commander';
import { publishLast, regularTasks } from '../app/index.js';
import { isBehindLedger } from '../disposition/index.js';
import { CodedError } from '../errors/index.js';
import { createJobs } from '../jobs/index.js';
import { withArchive } from './attach.js';
import { untilTold } from './signals.js';
import { attempt, type Terminal } from './terminal.js';

/** `lantai worker`: background work only, beside one or many `lantai serve --no-worker` on the same stores. */
export function addWorker(program: Command, terminal: Terminal): void {
  const { cli } = terminal.phrases;
  program
    .command('worker')
    .description(cli.worker)
    .action(() =>
      attempt(terminal, () =>
        withArchive(
          terminal,
          async (archive) => {
            // a restored catalogue is caught up by `serve`; until then nothing of it is worked on
            if (await isBehindLedger(archive.execution)) throw new CodedError('conflict', { detail: 'the catalogue is older than the ledger of destructions' });
            const jobs = createJobs({ connectionString: archive.databases.urls.app, tasks: regularTasks(archive), log: terminal.log() });
            await jobs.start();
            archive.follower.start();
            terminal.line(cli.working);
            await untilTold(terminal);
            await jobs.stop();
            terminal.line(cli.serve.stopped);
          },
          publishLast,
        ),
      ),
    );
}
