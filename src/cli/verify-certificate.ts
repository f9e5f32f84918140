import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { type CertificateFault, formatIn, LOG_CERTIFICATE_FORMAT, verifyCertificate, verifyLogCertificate } from '../disposition/index.js';
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
        const pdf = await readFile(file);
        const { lines, why } = said(terminal, pdf, await authorities(terminal, options.authority));
        if (why !== undefined) {
          terminal.line(say(texts.broken, { why: texts.faults[why] }));
          process.exitCode = 2;
        }
        for (const line of lines) terminal.line(line);
      }),
    );
}

/** What is to be said of a certificate, over records or over the entries of a log; or what is wrong with it. */
function said({ phrases }: Terminal, pdf: Buffer, trusted: readonly string[]): { lines: string[]; why?: CertificateFault } {
  const texts = phrases.execution.verify;
  if (formatIn(pdf) === LOG_CERTIFICATE_FORMAT) {
    const found = verifyLogCertificate(pdf, trusted);
    if (!found.ok) return { lines: [], why: found.why };
    const {
      subject,
      fingerprint,
      data: { register, log, removed, number },
    } = found;
    const facts = { number, register: register.number, log: log.name, count: Number(log.size), locked: removed.bundlesLocked };
    return { lines: [say(phrases.logCertificate.fine, facts), say(texts.signer, { subject, fingerprint })] };
  }
  const found = verifyCertificate(pdf, trusted);
  if (!found.ok) return { lines: [], why: found.why };
  const { data, subject, fingerprint } = found;
  const locked = data.items.filter((one) => one.state === 'shredded').length;
  const erasure = data.erasure ? [say(texts.erasure, { request: data.erasure.request })] : [];
  return {
    lines: [
      say(texts.fine, { number: data.number, register: data.register.number, items: data.items.length, locked }),
      ...erasure,
      say(texts.signer, { subject, fingerprint }),
    ],
  };
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
