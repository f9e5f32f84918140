import { access } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { endOf, parseDay } from '../classification/index.js';
import { csvLine } from '../documents/index.js';
import { invalidField } from '../errors/index.js';
import { say } from '../phrases/index.js';
import { checkExported, exportedLog, isRealDay, recordCoded, whatCouldRead, whoCouldRead, type LogSource, type Why } from '../reports/index.js';
import { attempt, type Terminal } from './terminal.js';

interface Options {
  record?: string;
  person?: string;
  day: string;
  purpose?: string;
  zone?: string;
  format: 'text' | 'csv' | 'json';
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The first and the last instant of a local day. */
function dayOf(text: string, zone: string): { from: Date; to: Date } {
  if (!isRealDay(text)) throw invalidField('day', 'not_a_date');
  const day = parseDay(text);
  const before = parseDay(new Date(Date.parse(`${text}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10));
  return { from: endOf(before, zone), to: endOf(day, zone) };
}

const plain = (value: unknown): string => JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? String(one) : one), 1);

function byWhat(terminal: Terminal, why: Why): string {
  const { past } = terminal.phrases.pages;
  if (why.by === 'grant') return `${past.by.grant} ${why.grant}`;
  return why.by === 'rule' ? `${past.by.rule} ${why.rule} · ${why.standing}` : `${past.by.unknown_rule} ${why.role}`;
}

const purposesOf = (terminal: Terminal, purposes: readonly string[] | null): string => purposes?.join(' ') ?? terminal.phrases.pages.past.everyPurpose;
const timesOf = (spans: readonly { from: Date; to: Date }[]): string => spans.map(({ from, to }) => `${from.toISOString()}/${to.toISOString()}`).join(' ');
const placesOf = (entries: Why['entries']): string => entries.map(({ log, sequence }) => `${log}/${sequence}`).join(' ');

function told(terminal: Terminal, format: Options['format'], answer: unknown, notes: readonly string[], rows: readonly (readonly string[])[]): void {
  if (format === 'json') return terminal.line(plain(answer));
  if (format === 'csv') {
    for (const row of rows) terminal.line(csvLine(row).trimEnd());
    return;
  }
  for (const row of rows) terminal.line(row.filter((cell) => cell !== '').join('  '));
  for (const note of notes) terminal.line(note);
}

async function who(terminal: Terminal, source: LogSource, typed: string, options: Options, day: { from: Date; to: Date }): Promise<void> {
  const record = UUID.test(typed) ? typed : await recordCoded(source, typed);
  if (record === undefined) throw invalidField('record', 'not_known');
  const answer = await whoCouldRead(source, { record, day, purpose: options.purpose });
  const { past } = terminal.phrases.pages;
  const rows = answer.persons.flatMap((one) =>
    one.whys.map((why) => [
      one.person,
      one.department ?? past.unknownDepartment,
      byWhat(terminal, why),
      purposesOf(terminal, why.purposes),
      why.certain ? past.certain : past.perhaps,
      timesOf(why.spans),
      placesOf(why.entries),
    ]),
  );
  if (rows.length === 0 && options.format === 'text') terminal.line(past.nobody.title);
  told(
    terminal,
    options.format,
    answer,
    answer.notes.map((note) => past.notes[note]),
    rows,
  );
}

async function what(terminal: Terminal, source: LogSource, person: string, options: Options, day: { from: Date; to: Date }): Promise<void> {
  const answer = await whatCouldRead(source, { person, day, purpose: options.purpose });
  const { past } = terminal.phrases.pages;
  const rows = [
    ...answer.byRole.map((one) => [
      byWhat(terminal, one.why),
      one.departments.join(' '),
      one.types.join(' '),
      one.sensitivities.join(' '),
      one.stages.join(' '),
      one.why.certain ? past.certain : past.perhaps,
      timesOf(one.spans),
      placesOf(one.why.entries),
    ]),
    ...answer.grants.map((one) => [
      `${past.by.grant} ${one.grant}`,
      one.purpose,
      say(past.grantRecords, { count: one.records }),
      timesOf(one.spans),
      placesOf(one.entries),
    ]),
  ];
  if (rows.length === 0 && options.format === 'text') terminal.line(past.nothing.title);
  told(
    terminal,
    options.format,
    answer,
    answer.notes.map((note) => past.notes[note]),
    rows,
  );
}

/** `lantai could-read`: replays an exported log, with nothing else at hand; needs neither database nor keys. */
export function addCouldRead(program: Command, terminal: Terminal): void {
  const texts = terminal.phrases.cli.couldRead;
  program
    .command('could-read <file>')
    .description(texts.command)
    .option('--record <number>', texts.record)
    .option('--person <pseudonym>', texts.person)
    .requiredOption('--day <day>', texts.day)
    .option('--purpose <code>', texts.purpose)
    .option('--zone <zone>', texts.zone, 'Asia/Shanghai')
    .addOption(new Option('--format <format>', texts.format).choices(['text', 'csv', 'json']).default('text'))
    .action((file: string, options: Options) =>
      attempt(terminal, async () => {
        const day = dayOf(options.day, options.zone ?? 'Asia/Shanghai');
        await access(file).catch(() => Promise.reject(invalidField('file', 'not_known')));
        const logs = await checkExported(file);
        if (options.format === 'text') for (const one of logs) terminal.line(say(texts.log, { log: one.log, size: one.size, root: one.root }));
        const source = exportedLog(file);
        if (options.record !== undefined) return who(terminal, source, options.record, options, day);
        if (options.person !== undefined) return what(terminal, source, options.person, options, day);
        throw invalidField('record', 'missing');
      }),
    );
}
