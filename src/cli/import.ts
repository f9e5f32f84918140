import type { Command } from 'commander';
import { projectPath } from '../app/index.js';
import { systemActor } from '../audit/index.js';
import { type ImportArgs, importsOf, progressText, runImportCommand } from '../records/index.js';
import { withArchive } from './attach.js';
import { attempt, collect, type Terminal } from './terminal.js';

/** Shows progress in place where a person watches, and now and then a line where it goes into a file. */
function shower(terminal: Terminal): (text: string) => void {
  let told = 0;
  return (text) => {
    if (process.stderr.isTTY) terminal.progress(text);
    else if (performance.now() - told > 10_000) {
      told = performance.now();
      terminal.line(text);
    }
  };
}

/** `lantai import FILE`. Ctrl-C stops it where it stands; `--resume` goes on from there. */
export function addImport(program: Command, terminal: Terminal): void {
  const { cli } = terminal.phrases;
  program
    .command('import')
    .description(cli.import)
    .argument('<file>')
    .option('--mapping <name>', cli.options.mapping)
    .option('--files <folder>', cli.options.files)
    .option('--dry-run', cli.options.dryRun)
    .option('--resume', cli.options.resume)
    .option('--encoding <name>', cli.options.encoding)
    .option('--format <name>', cli.options.format)
    .option('--delimiter <sign>', cli.options.delimiter)
    .option('--sheet <name>', cli.options.sheet)
    .option('--set <name=value>', cli.options.set, collect, [])
    .option('--rejects <file>', cli.options.rejects)
    .action((file: string, options: Omit<ImportArgs, 'file'>) =>
      attempt(terminal, () =>
        withArchive(terminal, async (archive) => {
          const show = shower(terminal);
          const stop = new AbortController();
          for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
          const actor = systemActor();
          process.exitCode = await runImportCommand(
            importsOf(archive.records),
            actor,
            { file, ...options },
            {
              lang: terminal.lang,
              line: terminal.line,
              progress: (progress) => show(progressText(terminal.lang, progress)),
              signal: stop.signal,
              mappings: projectPath('policies/mappings'),
            },
          );
        }),
      ),
    );
}
