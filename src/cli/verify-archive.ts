import type { Command } from 'commander';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Archive } from '../app/index.js';
import { systemActor } from '../audit/index.js';
import { type ArchiveChecks, type CheckInput, type CheckRow, type FaultRow, PARTS, percentUp, upperBound } from '../checks/index.js';
import { CodedError, isCoded } from '../errors/index.js';
import { say, type AllPhrases } from '../phrases/index.js';
import { withArchive } from './attach.js';
import { attempt, type Terminal } from './terminal.js';

/** Shown at most; the count tells of the others. */
const SHOWN = 20;
const WATCH = 2_000;

type Texts = AllPhrases['checks'];

interface Arguments {
  sample?: string;
  seed?: string;
  anew?: boolean;
  json?: boolean;
}

/** The result of a verification in words, line by line. */
export function checkLines(row: CheckRow, faults: readonly FaultRow[], texts: Texts): string[] {
  const lines = [row.fault_count === 0n ? texts.whole : say(texts.faulty, { count: row.fault_count })];
  for (const part of PARTS) {
    const count = row.counts[part];
    if (!count) continue;
    const { done, bad, frame, young } = count;
    lines.push(say(texts.line, { part: texts.parts[part], done, bad }));
    if (young) lines.push(say(texts.young, { count: young }));
    if (row.mode === 'sample' && done > 0 && done < frame) lines.push(say(texts.bound, { bad, done, frame, share: percentUp(upperBound(bad, done)) }));
  }
  for (const one of faults.slice(0, SHOWN))
    lines.push(say(texts.fault, { part: texts.parts[one.part], what: texts.faults[one.kind], kind: one.kind, subject: one.subject }));
  if (row.fault_count > SHOWN) lines.push(say(texts.more, { count: row.fault_count - BigInt(SHOWN) }));
  return [...lines, texts.notLog];
}

/** The same for programs. */
export function checkJson(row: CheckRow, faults: readonly FaultRow[]): Record<string, unknown> {
  const parts = Object.fromEntries(
    PARTS.flatMap((part) => {
      const count = row.counts[part];
      if (!count) return [];
      const sampled = row.mode === 'sample' && count.done > 0 && count.done < count.frame;
      return [[part, { ...count, ...(sampled ? { upperBound: upperBound(count.bad, count.done), confidence: 0.95 } : {}) }]];
    }),
  );
  return {
    id: row.id,
    result: row.result,
    mode: row.mode,
    ...(row.mode === 'sample' ? { seed: row.seed, size: row.size } : {}),
    startedAt: row.started_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
    bytes: Number(row.bytes),
    faultCount: Number(row.fault_count),
    parts,
    faults: faults.map((one) => ({
      number: Number(one.number),
      part: one.part,
      kind: one.kind,
      subject: one.subject,
      record: one.record_id,
      facts: one.facts,
    })),
  };
}

/** `lantai verify archive`: exit code 0 when everything fits, 2 when something does not, 1 when that could not be found out. */
export function addVerifyArchive(verify: Command, terminal: Terminal): void {
  const texts = terminal.phrases.checks;
  verify
    .command('archive')
    .description(texts.command)
    .option('--sample <n>', texts.options.sample)
    .option('--seed <text>', texts.options.seed)
    .option('--anew', texts.options.anew)
    .option('--json', texts.options.json)
    .action((args: Arguments) => {
      // what a program reads has standard output for itself
      const told: Terminal = args.json ? { ...terminal, line: (text) => void process.stderr.write(`${text}\n`) } : terminal;
      return attempt(told, () => withArchive(told, (archive) => verifyArchive(archive, args, told, (text) => process.stdout.write(`${text}\n`))));
    });
}

function inputOf({ sample, seed }: Arguments): CheckInput {
  if (sample !== undefined) return { mode: 'sample', size: Number(sample), seed };
  if (seed !== undefined) throw new CodedError('invalid_request', { detail: '--seed needs --sample' });
  return { mode: 'whole' };
}

async function verifyArchive({ checks }: Archive, args: Arguments, terminal: Terminal, print: (text: string) => void): Promise<void> {
  const texts = terminal.phrases.checks;
  const input = inputOf(args);
  const actor = systemActor();
  if (args.anew) await checks.giveUp(actor);
  const before = await checks.unfinished();
  if (before) terminal.line(say(texts.resumed, { id: before.id, part: texts.parts[before.part ?? 'keys'] }));
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    const row = await untilEnd(checks, input, stop.signal, terminal);
    if (!row) {
      terminal.line(texts.stopped);
      process.exitCode = 1;
      return;
    }
    const faults = await allFaults(checks, row);
    if (args.json) print(JSON.stringify(checkJson(row, faults), null, 2));
    else for (const line of checkLines(row, faults, texts)) terminal.line(line);
    if (row.result !== 'whole') process.exitCode = 2;
  } finally {
    process.removeListener('SIGINT', interrupt);
    process.removeListener('SIGTERM', interrupt);
  }
}

/** Works on the check, or watches the process that does. */
async function untilEnd(checks: ArchiveChecks, input: CheckInput, signal: AbortSignal, terminal: Terminal): Promise<CheckRow | undefined> {
  const texts = terminal.phrases.checks;
  const progress = (row: CheckRow): void => {
    const part = row.part ?? 'keys';
    const { done = 0, total = 0 } = row.counts[part] ?? {};
    terminal.progress(say(texts.progress, { part: texts.parts[part], done, total }));
  };
  let watched: string | undefined;
  while (!signal.aborted) {
    try {
      const ended = watched === undefined ? undefined : await checks.ended(watched);
      return ended ?? (await checks.work(systemActor(), input, { progress, signal }));
    } catch (error) {
      if (!isCoded(error, 'conflict')) throw error;
      const other = await checks.unfinished();
      if (other && watched === undefined) terminal.line(texts.elsewhere);
      watched = other?.id ?? watched;
      if (other) progress(other);
      await sleep(WATCH, undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
}

async function allFaults(checks: ArchiveChecks, row: CheckRow): Promise<FaultRow[]> {
  const all: FaultRow[] = [];
  for (let after = 0n; ;) {
    const { faults } = await checks.view(systemActor(), row.id, after);
    all.push(...faults);
    const last = faults.at(-1);
    if (!last || faults.length < 50) return all;
    after = last.number;
  }
}
