import { CodedError } from '../../errors/index.js';
import { formatFor, phrasesFor, say, type Lang } from '../../phrases/index.js';
import type { Counts } from './counts.js';
import type { DryRun } from './dry-run.js';
import type { Progress } from './progress.js';
import type { ImportReceipt } from './receipt.js';
import { rejectText, type RejectSummary } from './rejects.js';

/** Why a file was refused whole, in words. */
export function refusalText(lang: Lang, reason: string, params: Record<string, string | number> = {}): string {
  const texts: Record<string, string> = phrasesFor(lang).imports.refusals;
  return say(texts[reason] ?? reason, params);
}

/** Why an import stopped, in words. */
export function stopText(lang: Lang, reason: string): string {
  const { imports, errors } = phrasesFor(lang);
  const own: Record<string, string> = imports.stops;
  const coded: Record<string, { title: string }> = errors;
  return own[reason] ?? coded[reason]?.title ?? reason;
}

/** The refusal of an error, or `undefined` when it is none. */
export function refusalOf(lang: Lang, error: unknown): string | undefined {
  if (!(error instanceof CodedError) || error.code !== 'import_refused') return undefined;
  const { reason, ...params } = error.params;
  return refusalText(lang, String(reason), params);
}

export function progressText(lang: Lang, progress: Progress): string {
  const { progress: texts } = phrasesFor(lang).imports;
  if (progress.phase === 'checking') return texts.checking;
  const { counts, rowsPerSecond, secondsLeft } = progress;
  const left = secondsLeft === null ? texts.unknownLeft : say(texts.minutes, { minutes: Math.floor(secondsLeft / 60), seconds: Math.round(secondsLeft % 60) });
  return say(texts.taking, {
    done: counts.rowsTaken + counts.rowsRejected,
    total: counts.rowsTotal,
    rate: Math.round(rowsPerSecond),
    left,
    rejected: counts.rowsRejected,
  });
}

/** The receipt as lines of a terminal. */
export function receiptLines(lang: Lang, receipt: ImportReceipt, rejects: RejectSummary['byCode']): string[] {
  const { receipt: t, states } = phrasesFor(lang).imports;
  const format = formatFor(lang);
  return [
    t.title,
    `  ${t.id}: ${receipt.id}`,
    `  ${t.source}: ${receipt.source.name} (${format.bytes(receipt.source.bytes)}, ${receipt.source.format}, ${receipt.source.encoding})`,
    `  ${t.digest}: ${receipt.source.digest}`,
    `  ${t.mapping}: ${receipt.mapping.name} (${receipt.mapping.digest.slice(0, 16)})`,
    ...(receipt.batch ? [`  ${t.batch}: ${receipt.batch.number}`] : []),
    `  ${t.state}: ${states[receipt.state]}`,
    ...(receipt.reason === null ? [] : [`  ${say(t.stopped, { reason: stopText(lang, receipt.reason) })}`]),
    ...countLines(lang, receipt.counts),
    ...rejectLines(lang, rejects),
    ...unmappedLines(lang, receipt.unmapped),
    ...(receipt.state === 'stopped' ? [t.resumeHint] : []),
  ];
}

/** What a dry run found, as lines of a terminal. */
export function dryRunLines(lang: Lang, found: DryRun): string[] {
  const { receipt: t, rejects: r } = phrasesFor(lang).imports;
  const rows = found.rejects.slice(0, 20).map((one) => {
    const what = one.fields.map((field) => `${field.field} ${rejectText(lang, field)}`.trim()).join('; ');
    return `  ${r.row} ${one.row}: ${what}${one.columns.length > 0 ? ` (${one.columns.join(', ')})` : ''}`;
  });
  const byCode = Object.entries(found.byCode).map(([code, count]) => ({ code, rows: count }));
  return [
    t.dryRun,
    `  ${t.digest}: ${found.digest}`,
    `  ${t.mapping}: ${found.mapping.name}`,
    ...countLines(lang, found.counts),
    ...rejectLines(lang, byCode),
    ...rows,
    ...unmappedLines(lang, found.unmapped),
  ];
}

function countLines(lang: Lang, counts: Counts): string[] {
  const { receipt: t } = phrasesFor(lang).imports;
  const done = counts.rowsTaken + counts.rowsRejected;
  return [
    `  ${t.captured}: ${counts.captured}`,
    `  ${t.received}: ${counts.received}`,
    `  ${t.replayed}: ${counts.replayed}`,
    `  ${t.rowsRejected}: ${counts.rowsRejected}`,
    done === counts.rowsTotal
      ? `  ${say(t.reconciled, { total: counts.rowsTotal, taken: counts.rowsTaken, rejected: counts.rowsRejected })}`
      : `  ${t.rowsTaken}: ${counts.rowsTaken} / ${counts.rowsTotal}`,
  ];
}

function rejectLines(lang: Lang, byCode: readonly { code: string; rows: number }[]): string[] {
  if (byCode.length === 0) return [];
  return [
    `  ${phrasesFor(lang).imports.receipt.byCode}:`,
    ...byCode.map((one) => `    ${one.rows} × ${one.code}: ${rejectText(lang, one).replaceAll(/\{[^{}]*\}/g, '…')}`),
  ];
}

function unmappedLines(lang: Lang, unmapped: readonly string[]): string[] {
  return unmapped.length === 0 ? [] : [`  ${phrasesFor(lang).imports.receipt.unmapped}: ${unmapped.join(', ')}`];
}
