import type { Command } from 'commander';
import { verifyCounts, verifyStored, type CountsReport, type Fault, type LogReport } from '../audit/index.js';
import { openKeystore } from '../crypto/index.js';
import { openDatabase, openDatabases, type Db } from '../db/index.js';
import { workingHours } from '../app/index.js';
import { say, type AllPhrases } from '../phrases/index.js';
import { addOfflineOptions, type OfflineArguments, verifyElsewhere } from './audit-log.js';
import { addVerifyIndex } from './index-commands.js';
import { attempt, noticeText, type Terminal } from './terminal.js';
import { addVerifyArchive } from './verify-archive.js';
import { addVerifyReads } from './verify-reads.js';
import { addVerifyCertificate } from './verify-certificate.js';
import { addVerifyEvidence } from './verify-evidence.js';

/** Shown at most; the count tells of the others. */
const SHOWN = 20;

type Texts = AllPhrases['audit']['verify'];

function faultLine(fault: Fault, texts: Texts): string {
  const place = fault.sequence === null ? say(texts.nowhere, { log: fault.log }) : say(texts.place, { log: fault.log, sequence: fault.sequence });
  return `  ${place} · ${texts.faults[fault.kind]} (${fault.kind})`;
}

/** The result of a verification in words, line by line. */
export function reportLines(report: LogReport, texts: Texts): string[] {
  const lines = report.whole
    ? [report.entries === 0 ? texts.empty : say(texts.whole, { entries: report.entries, heads: report.heads, tiles: report.tiles })]
    : [say(texts.broken, { count: report.faults.length }), ...report.faults.slice(0, SHOWN).map((fault) => faultLine(fault, texts))];
  if (report.unsigned > 0n) lines.push(say(texts.unsigned, { count: report.unsigned }));
  for (const one of report.breaks) lines.push(say(texts.breaks, { log: one.log, closed: one.closed, size: one.size, lost: one.lost || '?' }));
  for (const one of report.gone) lines.push(say(texts.gone, { log: one.log, size: one.size, at: one.at, procedure: one.procedure }));
  if (report.lost > 0) lines.push(say(texts.lost, { count: report.lost }));
  if (report.erased > 0) lines.push(say(texts.erased, { count: report.erased }));
  return lines;
}

/** `lantai verify audit`: exit code 0 when the log is whole, 2 when it is not, 3 when two persons closed one with a loss, 1 when that could not be found out. */
export function addVerify(program: Command, terminal: Terminal): void {
  const texts = terminal.phrases.audit.verify;
  const verify = program.command('verify').description(texts.group);
  addVerifyArchive(verify, terminal);
  addVerifyReads(verify, terminal);
  addVerifyIndex(verify, terminal);
  addVerifyCertificate(verify, terminal);
  addVerifyEvidence(verify, terminal);
  addVerifyCounts(verify, terminal);
  addOfflineOptions(verify.command('audit').description(texts.command), terminal).action((args: OfflineArguments) =>
    attempt(terminal, async () => {
      if (args.from !== undefined) return verifyElsewhere(terminal, { ...args, from: args.from });
      const config = terminal.config();
      const keystore = await openKeystore(config.keystore, { copies: config.keystoreCopies });
      await withReader(terminal, async (db) => {
        let told = 0;
        const report = await verifyStored(db, keystore, (count) => {
          if (count - told < 100_000) return;
          told = count;
          terminal.line(say(texts.progress, { count }));
        });
        for (const line of reportLines(report, texts)) terminal.line(line);
        if (!report.whole) process.exitCode = 2;
        else if (report.breaks.length > 0) process.exitCode = 3;
      });
    }),
  );
}

/** The kept counts of the log in words. */
export function countsLine(report: CountsReport, texts: AllPhrases['audit']['counts']): string {
  if (!report.current) return texts.otherHours;
  return report.whole ? say(texts.whole, { entries: report.entries }) : say(texts.differ, { days: report.days.join(' ') });
}

/** `lantai verify counts`: counts the log anew and compares; exit code 2 where the kept counts differ. */
function addVerifyCounts(verify: Command, terminal: Terminal): void {
  const texts = terminal.phrases.audit.counts;
  verify
    .command('counts')
    .description(texts.command)
    .action(() =>
      attempt(terminal, () =>
        withReader(terminal, async (db) => {
          const report = await verifyCounts(db, await workingHours(terminal.config(), db));
          terminal.line(countsLine(report, texts));
          if (!report.whole) process.exitCode = 2;
        }),
      ),
    );
}

/** Reads the database of an archive for as long as it takes, whether the server runs or not. */
async function withReader(terminal: Terminal, work: (db: Db) => Promise<void>): Promise<void> {
  const databases = await openDatabases(terminal.config(), { tell: (notice) => terminal.line(noticeText(terminal, notice)) });
  const db = openDatabase({ connectionString: databases.urls.app, max: 3, applicationName: 'lantai verify', statementTimeout: 0 });
  try {
    await work(db);
  } finally {
    await db.close();
    await databases.close();
  }
}
