import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { projectPath } from '../app/index.js';
import { canonicalJson } from '../crypto/index.js';
import { CodedError } from '../errors/index.js';
import { scheduleWords, type presentDerivation } from '../http/index.js';
import { say } from '../phrases/index.js';
import { decide, diffSchedules, loadSchedules, readSchedule, type RetentionEvent, type Schedule } from '../retention/index.js';
import { attempt, type Terminal } from './terminal.js';

/** A schedule by its file, or by the name of one that the program ships (`general@2026-01`). */
async function scheduleOf(text: string): Promise<Schedule> {
  if (!/\.ya?ml$/.test(text)) return (await loadSchedules(projectPath('retention'))).get(text);
  return readSchedule(text).catch((error: unknown) => {
    throw error instanceof CodedError ? error : new CodedError('not_found', { detail: text, cause: error });
  });
}

/**
 * `lantai retention diff OLD NEW`: what a version of the schedule changes, before it is put into the archive's folder; `check FILE`:
 * whether the derivation of a term, as the archive gave it, holds when it is decided again. Exit code 2 when it does not.
 */
export function addRetention(program: Command, terminal: Terminal): void {
  const texts = terminal.phrases.cli.retention;
  const retention = program.command('retention').description(texts.group);
  retention
    .command('diff <old> <new>')
    .description(texts.diff)
    .option('--json', texts.json)
    .action((before: string, after: string, options: { json?: boolean }) =>
      attempt(terminal, async () => {
        const [old, next] = [await scheduleOf(before), await scheduleOf(after)];
        const diff = diffSchedules(old, next);
        if (options.json) return terminal.line(JSON.stringify(diff, null, 2));
        terminal.line(`${old.name} → ${next.name}`);
        const words = scheduleWords(terminal.lang, old, next);
        for (const line of words) terminal.line(`  ${line}`);
        if (words.length === 0) terminal.line(texts.same);
        else terminal.line(diff.shortens.length === 0 ? texts.neverShorter : say(texts.shortens, { rules: diff.shortens.map((id) => id || '*').join(' ') }));
      }),
    );
  retention
    .command('check <file>')
    .description(texts.check)
    .action((file: string) =>
      attempt(terminal, async () => {
        const derivation = JSON.parse(await readFile(file, 'utf8')) as ReturnType<typeof presentDerivation>;
        const schedule = await scheduleOf(derivation.schedule.name);
        const subject = { ...derivation.subject, closedAt: new Date(derivation.subject.closedAt) };
        const events = derivation.events.map((one) => ({ ...one, at: new Date(one.at) }) as RetentionEvent);
        const again = decide(subject, events, schedule, derivation.held ? [{ id: 'held' }] : [], derivation.on);
        const same = schedule.digest === derivation.schedule.digest && canonicalJson(again) === canonicalJson(derivation.decision);
        terminal.line(same ? texts.agrees : texts.differs);
        if (!same) process.exitCode = 2;
      }),
    );
}
