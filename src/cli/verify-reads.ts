import type { Command } from 'commander';
import { join, resolve } from 'node:path';
import type { Archive } from '../app/index.js';
import { systemActor } from '../audit/index.js';
import { journalFiles, type ReadsReport, reconcileReads } from '../checks/index.js';
import { CodedError } from '../errors/index.js';
import { say, type AllPhrases } from '../phrases/index.js';
import { withArchive } from './attach.js';
import { attempt, collect, type Terminal } from './terminal.js';

/** Shown at most; the count tells of the others. */
const SHOWN = 20;

interface Arguments {
  log: string[];
  since?: string;
  until?: string;
  skew?: string;
  json?: boolean;
}

/** The result of a reconciliation in words, line by line. */
export function readsLines(report: ReadsReport, texts: AllPhrases['checks']['reads']): string[] {
  const before = report.goneUntil === null ? [] : [say(texts.gone, { until: report.goneUntil })];
  if (report.result === 'empty') return [texts.results.empty, ...before];
  const { kinds } = report;
  const lines = [
    say(texts.results[report.result], { count: report.unloggedCount }),
    ...before,
    say(texts.covered, { from: report.from ?? '', until: report.until ?? '', sources: report.sources.map((one) => texts.sources[one]).join(' · ') }),
    say(texts.counted, { reads: report.reads, reading: kinds.reading, system: kinds.system, verification: kinds.verification }),
    say(texts.beside, { beside: kinds.beside, elsewhere: kinds.elsewhere }),
    say(texts.unlogged, { count: report.unloggedCount }),
  ];
  for (const one of report.unlogged.slice(0, SHOWN)) {
    const bytes = one.range === null ? texts.all : `${one.range.start}–${one.range.end}`;
    lines.push(say(texts.one, { at: one.at, record: one.record, object: one.object, bytes, request: one.request ?? '—', credential: one.credential ?? '—' }));
  }
  if (report.unloggedCount > SHOWN) lines.push(say(texts.more, { count: report.unloggedCount - SHOWN }));
  if (report.unseenCount > 0) lines.push(say(texts.unseen, { count: report.unseenCount }));
  if (report.unreadable > 0) lines.push(say(texts.unreadable, { count: report.unreadable }));
  return lines;
}

/** `lantai verify reads`: exit code 0 when every read is accounted for, 2 when one is not or the log is not whole, 1 when that could not be found out. */
export function addVerifyReads(verify: Command, terminal: Terminal): void {
  const texts = terminal.phrases.checks.reads;
  verify
    .command('reads')
    .description(texts.command)
    .option('--log <file>', texts.options.log, collect, [])
    .option('--since <time>', texts.options.since)
    .option('--until <time>', texts.options.until)
    .option('--skew <seconds>', texts.options.skew)
    .option('--json', terminal.phrases.checks.options.json)
    .action((args: Arguments) => {
      const told: Terminal = args.json ? { ...terminal, line: (text) => void process.stderr.write(`${text}\n`) } : terminal;
      return attempt(told, () =>
        withArchive(told, async (archive) => {
          const report = await reconcile(archive, args, told);
          if (args.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
          else for (const line of readsLines(report, texts)) terminal.line(line);
          if (report.result === 'empty') process.exitCode = 1;
          else if (report.result !== 'clean') process.exitCode = 2;
        }),
      );
    });
}

async function reconcile(archive: Archive, args: Arguments, terminal: Terminal): Promise<ReadsReport> {
  const { config } = archive;
  const files = args.log.length > 0 ? args.log.map((one) => resolve(one)) : await journalOf(archive);
  const time = (value: string | undefined, name: string): Date | undefined => {
    if (value === undefined) return undefined;
    const at = new Date(value);
    if (Number.isNaN(at.getTime())) throw new CodedError('invalid_request', { detail: `${name} is not a time` });
    return at;
  };
  return reconcileReads(archive.checks.deps, systemActor(), {
    files,
    bucket: config.s3?.bucket ?? '',
    since: time(args.since, '--since'),
    until: time(args.until, '--until'),
    skew: args.skew === undefined ? undefined : Math.round(Number(args.skew) * 1000),
    progress: (reads) => terminal.progress(say(terminal.phrases.checks.reads.progress, { reads })),
  });
}

/** The folder keeps a journal of its own; what another store's log is called, only its operator knows. */
async function journalOf({ config }: Archive): Promise<string[]> {
  if (!config.s3) return await journalFiles(join(config.dataDir, 'objects'));
  if (config.storeLogs.length > 0) return config.storeLogs;
  throw new CodedError('invalid_request', { detail: '--log FILE is needed: the access log of the store' });
}
