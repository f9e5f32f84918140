import type { Command } from 'commander';
import { systemActor } from '../audit/index.js';
import { say } from '../phrases/index.js';
import { verifyIndex, type IndexReport } from '../search/index.js';
import { withArchive } from './attach.js';
import { attempt, type Terminal } from './terminal.js';

/** `lantai rebuild-index`: builds the index here, or asks the running server that keeps it. */
export function addRebuildIndex(program: Command, terminal: Terminal): void {
  const texts = terminal.phrases.cli.index;
  program
    .command('rebuild-index')
    .description(texts.rebuild)
    .action(() =>
      attempt(terminal, () =>
        withArchive(terminal, async (archive) => {
          let told = 0;
          const count = await archive.follower.rebuildNow(systemActor(), ({ done, total }) => {
            if (done - told < 10_000) return;
            told = done;
            terminal.line(say(texts.rebuilding, { done, total }));
          });
          terminal.line(count === undefined ? texts.busy : say(texts.rebuilt, { count }));
        }),
      ),
    );
}

/** `lantai verify index`: exit code 2 where index and catalogue differ and nothing was repaired. */
export function addVerifyIndex(verify: Command, terminal: Terminal): void {
  const texts = terminal.phrases.cli.index;
  verify
    .command('index')
    .description(texts.verify)
    .option('--repair', texts.repair)
    .action((options: { repair?: boolean }) =>
      attempt(terminal, () =>
        withArchive(terminal, async (archive) => {
          const repair = options.repair === true;
          const report: IndexReport = await verifyIndex({ db: archive.db, engine: archive.engine }, { repair });
          const { whole, ...counts } = report;
          terminal.line(say(texts.report, counts));
          if (whole) terminal.line(texts.whole);
          else if (!repair) process.exitCode = 2;
        }),
      ),
    );
}
