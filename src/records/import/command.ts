import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Actor } from '../../audit/index.js';
import { readYaml } from '../../config/index.js';
import { phrasesFor, say, type Lang } from '../../phrases/index.js';
import { attachmentsIn, noAttachments } from './attachments.js';
import type { ImportDeps } from './deps.js';
import { dryRun } from './dry-run.js';
import { parseMapping, type Mapping } from './map/mapping.js';
import type { ImportOptions } from './plan.js';
import type { Progress } from './progress.js';
import { fileSource, refuseImport } from './read/source.js';
import { FORMATS, type Format } from './read/table.js';
import { rejectCsv } from './reject-file.js';
import { openRejects, rejectsOf } from './rejects.js';
import { dryRunLines, receiptLines, refusalOf } from './report.js';
import { runImport } from './run-import.js';

/** Arguments of `lantai import FILE`. */
export interface ImportArgs {
  file: string;
  /** Path of a mapping, or the name of one in the folder of mappings. */
  mapping?: string;
  files?: string;
  dryRun?: boolean;
  resume?: boolean;
  encoding?: string;
  format?: string;
  delimiter?: string;
  sheet?: string;
  /** `name=value` for the mapping's parameters. */
  set?: readonly string[];
  /** Where to write the reject file; it must not exist. Holds what the source held: unsealed, on request only. */
  rejects?: string;
}

/** Where the command speaks. */
export interface ImportIo {
  lang: Lang;
  line(text: string): void;
  progress(progress: Progress): void;
  signal?: AbortSignal;
  /** Folder of the mappings that come with the archive. */
  mappings: string;
}

/**
 * `lantai import FILE`: a dry run or an import, with its receipt.
 * @returns the exit code: 0 done, 1 refused whole, 2 stopped, 3 done with rejected rows
 */
export async function runImportCommand(deps: ImportDeps, actor: Actor, args: ImportArgs, io: ImportIo): Promise<number> {
  const texts = phrasesFor(io.lang).imports.receipt;
  try {
    const source = await fileSource(args.file);
    const options = await optionsOf(args, io.mappings);
    const attachments = args.files === undefined ? noAttachments : await attachmentsIn(args.files);
    const common = { source, options, attachments, onProgress: io.progress, ...(io.signal && { signal: io.signal }) };
    if (args.dryRun) {
      const found = await dryRun(deps, actor, common);
      dryRunLines(io.lang, found).forEach(io.line);
      return found.counts.rowsRejected > 0 ? 3 : 0;
    }
    const receipt = await runImport(deps, actor, { ...common, resume: args.resume ?? false });
    const { byCode } = await rejectsOf(deps, actor, receipt.id, 0, 0);
    receiptLines(io.lang, receipt, byCode).forEach(io.line);
    if (args.rejects !== undefined && receipt.counts.rowsRejected > 0) await writeRejects(deps, actor, receipt.id, args.rejects, io);
    if (receipt.state === 'stopped') return 2;
    return receipt.counts.rowsRejected > 0 ? 3 : 0;
  } catch (error) {
    const reason = refusalOf(io.lang, error);
    if (reason === undefined) throw error;
    io.line(say(texts.refused, { reason }));
    return 1;
  }
}

async function optionsOf(args: ImportArgs, mappings: string): Promise<ImportOptions> {
  const { encoding, delimiter, sheet } = args;
  const mapping = args.mapping === undefined ? undefined : await mappingNamed(args.mapping, mappings);
  const parameters = parametersOf(args.set ?? []);
  return {
    parameters,
    ...(mapping && { mapping }),
    ...(args.format !== undefined && { format: formatNamed(args.format) }),
    ...(encoding !== undefined && { encoding }),
    ...(delimiter !== undefined && { delimiter }),
    ...(sheet !== undefined && { sheet }),
  };
}

/** `name=value` pairs; one without a name says nothing. */
function parametersOf(pairs: readonly string[]): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at > 0) parameters[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return parameters;
}

function formatNamed(name: string): Format {
  const format = FORMATS.find((one) => one === name.toLowerCase());
  if (format === undefined) throw refuseImport('not_a_table');
  return format;
}

/** A mapping by its name in the folder, or by its path. */
export async function mappingNamed(name: string, folder: string): Promise<Mapping> {
  const path = /^[a-z0-9-]{1,64}$/.test(name) ? join(folder, `${name}.yaml`) : name;
  let value: unknown;
  try {
    value = await readYaml(path);
  } catch (error) {
    throw refuseImport('no_such_mapping', {}, error);
  }
  return parseMapping(value);
}

async function writeRejects(deps: ImportDeps, actor: Actor, importId: string, path: string, io: ImportIo): Promise<void> {
  const { receipt } = phrasesFor(io.lang).imports;
  try {
    await pipeline(rejectCsv(await openRejects(deps, actor, importId), io.lang), createWriteStream(path, { flags: 'wx', mode: 0o600 }));
    io.line(say(receipt.rejectsWritten, { file: path }));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    io.line(say(receipt.fileExists, { file: path }));
  }
}
