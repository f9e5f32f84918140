import type { Command } from 'commander';
import { writeFile } from 'node:fs/promises';
import { systemActor } from '../audit/index.js';
import { CodedError } from '../errors/index.js';
import { say } from '../phrases/index.js';
import { dayText } from '../records/index.js';
import { withArchive } from './attach.js';
import { attempt, type Terminal } from './terminal.js';

/** `lantai certificates show|renew`: what verifiers of the archive's documents import, and the next signing certificate. */
export function addCertificates(program: Command, terminal: Terminal): void {
  const texts = terminal.phrases.cli.certificates;
  const certificates = program.command('certificates').description(texts.group);

  certificates
    .command('show')
    .description(texts.show)
    .option('--file <file>', texts.file)
    .action((args: { file?: string }) =>
      attempt(terminal, () =>
        withArchive(terminal, async (archive) => {
          const { authority } = await archive.certificates.current();
          for (const { kind, generation, until, fingerprint } of await archive.certificates.all()) {
            terminal.line(say(texts.line, { kind: texts.kinds[kind], generation, until: dayText(until, archive.config.timeZone), fingerprint }));
          }
          if (args.file === undefined) return terminal.line(authority.pem.trimEnd());
          await writeFile(args.file, authority.pem, { flag: 'wx' }).catch((error: unknown) => {
            throw new CodedError('conflict', { detail: args.file ?? '', cause: error });
          });
          terminal.line(say(texts.written, { file: args.file }));
        }),
      ),
    );

  certificates
    .command('renew')
    .description(texts.renew)
    .action(() =>
      attempt(terminal, () =>
        withArchive(terminal, async (archive) => {
          const { generation, until } = await archive.certificates.renew(systemActor());
          terminal.line(say(texts.renewed, { generation, until: dayText(until, archive.config.timeZone) }));
        }),
      ),
    );
}
