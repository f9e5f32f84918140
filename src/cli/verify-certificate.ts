import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { verifyCertificate } from '../disposition/index.js';
import { fingerprintOf } from '../documents/index.js';
import { say } from '../phrases/index.js';
import { withArchive } from './attach.js';
import { attempt, type Terminal } from './terminal.js';

/** `lantai verify certificate FILE`: exit code 0 when it is valid, 2 when it is not. */
export function addVerifyCertificate(verify: Command, terminal: Terminal): void {
  const texts = terminal.phrases.execution.verify;
  verify
    .command('certificate')
    .description(texts.command)
    .argument('<file>', texts.file)
    .option('--authority <file>', texts.authority)
    .action((file: string, options: { authority?: string }) =>
      attempt(terminal, async () => {
        const found = verifyCertificate(await readFile(file), await authorities(terminal, options.authority));
        if (!found.ok) {
          terminal.line(say(texts.broken, { why: texts.faults[found.why] }));
          process.exitCode = 2;
          return;
        }
        const { data, subject, fingerprint } = found;
        const locked = data.items.filter((one) => one.state === 'shredded').length;
        terminal.line(say(texts.fine, { number: data.number, register: data.register.number, items: data.items.length, locked }));
        if (data.erasure) terminal.line(say(texts.erasure, { request: data.erasure.request }));
        terminal.line(say(texts.signer, { subject, fingerprint }));
      }),
    );
}

/** The certificate that is given, or those of this archive's own authority. */
async function authorities(terminal: Terminal, file: string | undefined): Promise<string[]> {
  if (file !== undefined) return [fingerprintOf(new X509Certificate(await readFile(file)))];
  let own: string[] = [];
  await withArchive(terminal, async (archive) => {
    own = (await archive.certificates.all()).filter((one) => one.kind === 'authority').map((one) => one.fingerprint);
  });
  return own;
}
