import type { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { certificatesIn } from '../app/index.js';
import {
  exportLog,
  folderSource,
  newestCheckpoint,
  systemActor,
  urlSource,
  verifyPublished,
  type PublishedBreak,
  type PublishedFault,
  type PublishedLogReport,
  type PublishedReport,
} from '../audit/index.js';
import { CodedError } from '../errors/index.js';
import { say, type AllPhrases } from '../phrases/index.js';
import { qrLines } from '../ui/index.js';
import { withArchive } from './attach.js';
import { attempt, collect, type Terminal } from './terminal.js';

/** Shown at most; the count tells of the others. */
const SHOWN = 20;

type Texts = AllPhrases['publishedLog'];

/** `lantai audit export|checkpoint`: what leaves the archive so that others can verify its log. */
export function addAuditLog(program: Command, terminal: Terminal): void {
  const texts = terminal.phrases.publishedLog;
  const audit = program.command('audit').description(texts.group);

  audit
    .command('export <folder>')
    .description(texts.export)
    .option('--log <year>', texts.options.logs, collect, [])
    .action((folder: string, args: { log: string[] }) =>
      attempt(terminal, () =>
        withArchive(terminal, async (archive) => {
          const { db, store, keystore, audit: log } = archive;
          const deps = { db, store, archiveId: keystore.archiveId, publicKey: log.publicKey, originOf: log.originOf };
          const pending = await db.tx((tx) =>
            log.append(tx, { actor: systemActor(), act: 'log.export', subject: { kind: 'log', id: 'all' }, decision: 'allow', facts: { logs: args.log } }),
          );
          await log.settled(pending); // the export holds the entry that tells of it
          const done = await exportLog(deps, { folder: resolve(folder), logs: args.log.length > 0 ? args.log : undefined });
          for (const one of done) terminal.line(say(texts.exported, { log: one.log, size: one.size }));
          terminal.line(say(texts.exportedTo, { folder: resolve(folder) }));
        }),
      ),
    );

  audit
    .command('checkpoint')
    .description(texts.checkpoint)
    .option('--qr', texts.qr)
    .action((args: { qr?: boolean }) =>
      attempt(terminal, () =>
        withArchive(terminal, async (archive) => {
          const note = await newestCheckpoint(archive.db);
          if (note === undefined) throw new CodedError('not_found', { detail: 'no checkpoint' });
          terminal.line(note.trimEnd());
          if (args.qr) for (const line of qrLines(note)) terminal.line(line);
        }),
      ),
    );
}

export interface OfflineArguments {
  from?: string;
  key?: string;
  checkpoint: string[];
  authority: string[];
}

/** Options of `lantai verify audit` for a log that lies elsewhere. */
export function addOfflineOptions(command: Command, terminal: Terminal): Command {
  const { options } = terminal.phrases.publishedLog;
  return command
    .option('--from <place>', options.from)
    .option('--key <key>', options.key)
    .option('--checkpoint <file>', options.checkpoint, collect, [])
    .option('--authority <file>', options.authority, collect, []);
}

/** A file's text, or the text itself where it is no file. */
export function keyText(given: string | undefined): string | undefined {
  if (given === undefined || given.includes('+')) return given;
  return readFileSync(given, 'utf8');
}

/** Verifies an exported log. No configuration is read and nothing of the archive is opened. Exit code 2 where something does not fit, 3 where only a break tells of a loss. */
export async function verifyElsewhere(terminal: Terminal, args: OfflineArguments & { from: string }): Promise<void> {
  const texts = terminal.phrases.publishedLog;
  const source = /^https?:\/\//.test(args.from) ? urlSource(args.from) : folderSource(resolve(args.from));
  const report = await verifyPublished(source, {
    keys: keyText(args.key),
    outside: args.checkpoint.map((name) => ({ name, note: readFileSync(name, 'utf8') })),
    authorities: args.authority.flatMap(certificatesIn),
    progress: (log, entries) => terminal.progress(`${log} ${entries}`),
  });
  for (const line of publishedLines(report, texts)) terminal.line(line);
  if (args.key === undefined) terminal.line(texts.ownKey);
  if (!report.whole) process.exitCode = 2;
  else if (report.breaks.length > 0) process.exitCode = 3;
}

/** The result in words, line by line. */
export function publishedLines(report: PublishedReport, texts: Texts): string[] {
  const lines = report.logs.flatMap((one) => logLines(one, !report.faults.some((fault) => fault.log === one.log), texts));
  lines.push(...report.breaks.map((one) => breakLine(one, texts)));
  lines.push(...report.faults.slice(0, SHOWN).map((fault) => faultLine(fault, texts)));
  if (report.faults.length > SHOWN) lines.push(say(texts.more, { count: report.faults.length - SHOWN }));
  return lines;
}

function logLines(one: PublishedLogReport, whole: boolean, texts: Texts): string[] {
  const { log, size, checkpoints, anchors } = one;
  const anchored = anchors[0]?.size ?? 0n;
  const loose = anchored === size ? [] : [anchored === 0n ? texts.unanchored : say(texts.loose, { from: anchored + 1n, to: size })];
  return [
    say(whole ? texts.whole : texts.faulty, { log, size, checkpoints }),
    ...anchors.slice(0, 3).map((anchor) => say(texts.anchoredBy[anchor.by], { size: anchor.size, since: anchor.since ?? '', name: anchor.name })),
    ...loose,
    ...(one.gone ? [say(texts.gone, { size: one.gone.size, at: one.gone.at, rule: one.gone.rule, persons: one.gone.persons.join(' ') })] : []),
  ];
}

function breakLine(one: PublishedBreak, texts: Texts): string {
  const { log, closed, size, reason, persons, beyond } = one;
  const known = one.signed ?? one.published;
  const lost = known === null ? texts.lostUnknown : say(texts.lost, { from: size + 1n, to: known });
  const said = say(texts.break, {
    log,
    closed,
    size,
    reason: texts.breakReasons[reason as keyof typeof texts.breakReasons] ?? reason,
    persons: persons.join(' '),
  });
  return [said, lost, ...(beyond.length > 0 ? [say(texts.beyond, { names: beyond.join(' ') })] : [])].join('\n    ');
}

function faultLine({ kind, log, sequence, name }: PublishedFault, texts: Texts): string {
  const what = texts.faults[kind];
  return sequence === null ? say(texts.faultNowhere, { log, what, kind, name }) : say(texts.fault, { log, what, kind, name, sequence });
}
