import { type Config, createLogger, loadConfig, type Logger } from '../config/index.js';
import type { Notice } from '../db/index.js';
import { CodedError } from '../errors/index.js';
import { type AllPhrases, type Lang, phrasesFor, say } from '../phrases/index.js';

/** What a command works with: words for a person on standard output, log lines on standard error. */
export interface Terminal {
  lang: Lang;
  phrases: AllPhrases;
  /** Read on first use, so that help needs no configuration. */
  config(): Config;
  log(): Logger;
  line(text: string): void;
  /** Shows how far something has come, in place, where a person watches. */
  progress(text: string): void;
}

/** Chinese, unless the terminal's locale says otherwise. */
export function languageOf(env: Readonly<Record<string, string | undefined>>): Lang {
  return /^(en|C\b|POSIX)/.test(env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || 'zh') ? 'en' : 'zh';
}

export function openTerminal(env: Readonly<Record<string, string | undefined>>): Terminal {
  const lang = languageOf(env);
  let config: Config | undefined;
  let log: Logger | undefined;
  const read = (): Config => (config ??= loadConfig(env));
  return {
    lang,
    phrases: phrasesFor(lang),
    config: read,
    log: () => (log ??= createLogger({ level: read().logLevel })),
    line(text) {
      if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
      process.stdout.write(`${text}\n`);
    },
    progress: (text) => void (process.stderr.isTTY && process.stderr.write(`\r\u001b[K${text}`)),
  };
}

export function noticeText(terminal: Pick<Terminal, 'phrases'>, notice: Notice): string {
  return say(terminal.phrases.cli.notices[notice.code], notice.params);
}

/** An error as it is told to who typed the command. Anything that is not one of our codes goes to the log only. */
export function explain(terminal: Pick<Terminal, 'phrases'>, error: unknown): string[] {
  const { cli, errors, fieldErrors } = terminal.phrases;
  if (!(error instanceof CodedError)) return [cli.unexpected];
  if (error.fields.length > 0) {
    const wording: Readonly<Record<string, string | undefined>> = fieldErrors;
    return [
      say(cli.failed, { reason: errors[error.code].title }),
      ...error.fields.map((one) => `  ${one.field}: ${say(wording[one.code] ?? one.code, one.params ?? {})}`),
    ];
  }
  const { title, todo } = errors[error.code];
  return [say(cli.failed, { reason: title }), ...(error.detail === undefined ? [todo] : [say(cli.reason, { detail: error.detail })])];
}

/** Runs a command; whatever it throws is explained, and the exit code says that it failed. */
export async function attempt(terminal: Terminal, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    for (const line of explain(terminal, error)) process.stderr.write(`${line}\n`);
    if (!(error instanceof CodedError)) createLogger({ level: 'error' }).error('command.failed', error);
    process.exitCode = 1;
  }
}

/** Gathers an option that may be given several times. */
export const collect = (one: string, all: string[]): string[] => [...all, one];
