import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { certificatesIn } from '../app/index.js';
import { fingerprintOf } from '../documents/index.js';
import { CodedError } from '../errors/index.js';
import { NoPack, openPack, verifyEvidence, type PackReport, type PackSource } from '../evidence/index.js';
import { say, type AllPhrases } from '../phrases/index.js';
import { keyText } from './audit-log.js';
import { attempt, collect, type Terminal } from './terminal.js';

/** Shown at most; the count tells of the others. */
const SHOWN = 20;

type Texts = AllPhrases['evidence']['verify'];

interface Arguments {
  key?: string;
  checkpoint: string[];
  timestamps: string[];
  authority: string[];
}

/** `lantai verify evidence FILE`: needs nothing of the archive. Exit code 0 when the pack is whole, 2 when it is not, 1 when it is none. */
export function addVerifyEvidence(verify: Command, terminal: Terminal): void {
  const texts = terminal.phrases.evidence.verify;
  const { options } = terminal.phrases.publishedLog;
  verify
    .command('evidence')
    .description(texts.command)
    .argument('<file>', texts.file)
    .option('--key <key>', options.key)
    .option('--checkpoint <file>', options.checkpoint, collect, [])
    .option('--timestamps <file>', texts.timestamps, collect, [])
    .option('--authority <file>', texts.authority, collect, [])
    .action((file: string, args: Arguments) =>
      attempt(terminal, async () => {
        const source = await opened(resolve(file));
        try {
          const report = await verifyEvidence(source, {
            keys: keyText(args.key),
            outside: args.checkpoint.map((name) => ({ name, note: readFileSync(name, 'utf8') })),
            timestamps: args.timestamps.flatMap(certificatesIn),
            ...(args.authority.length === 0
              ? {}
              : { authorities: args.authority.flatMap(certificatesIn).map((pem) => fingerprintOf(new X509Certificate(pem))) }),
          });
          for (const line of evidenceLines(report, args, texts)) terminal.line(line);
          if (!report.whole) process.exitCode = 2;
        } finally {
          await source.close();
        }
      }),
    );
}

async function opened(path: string): Promise<PackSource> {
  try {
    return await openPack(path);
  } catch (error) {
    throw error instanceof NoPack ? new CodedError('invalid_request', { detail: `no evidence pack: ${error.message}`, cause: error }) : error;
  }
}

/** The result in words, line by line. */
export function evidenceLines(report: PackReport, asked: Pick<Arguments, 'key' | 'timestamps' | 'authority'>, texts: Texts): string[] {
  const { number, entries, checkpoints, stamps, files, faults } = report;
  const lines = [report.whole ? say(texts.whole, { number, entries, checkpoints, stamps, files }) : say(texts.faulty, { number, count: faults.length })];
  for (const one of report.logs) {
    lines.push(say(texts.log, { log: one.log, entries: one.entries, size: one.size }));
    if (one.stamped) lines.push(say(texts.stamped, { log: one.log, ...one.stamped }));
    for (const kept of one.kept) lines.push(say(texts.kept, { log: one.log, ...kept }));
    if (!one.stamped && one.kept.length === 0) lines.push(say(texts.loose, { log: one.log }));
  }
  for (const one of report.gone) lines.push(say(texts.gone, { log: one.log, last: Number(one.size) - 1, at: one.at.slice(0, 10), procedure: one.procedure }));
  for (const one of report.elsewhere) lines.push(say(texts.elsewhere, one));
  lines.push(...faults.slice(0, SHOWN).map((one) => say(texts.fault, { what: texts.faults[one.kind], kind: one.kind, file: one.file })));
  if (faults.length > SHOWN) lines.push(say(texts.more, { count: faults.length - SHOWN }));
  if (asked.key === undefined) lines.push(texts.ownKey);
  if (asked.authority.length === 0) lines.push(texts.ownAuthority);
  if (asked.timestamps.length === 0) lines.push(texts.noStamps);
  return lines;
}
