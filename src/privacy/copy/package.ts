import { createHash } from 'node:crypto';
import { dayOf, formatDay } from '../../classification/index.js';
import { csvLine, pdfTable, Sheet, signPdf, type ZipEntry } from '../../documents/index.js';
import { phrasesFor, say, type Lang } from '../../phrases/index.js';
import type { PrivacyDeps } from '../deps.js';
import type { Found } from './mask.js';

/** A line of the package's list. */
export interface Listed {
  code: string;
  closedOn: string;
  title: string;
  /** `null`: included. */
  why: string | null;
  found: Found;
  files: { name: string; state: 'included' | 'listed' | 'refused' }[];
}

export interface ManifestEntry {
  name: string;
  bytes: number;
  sha256: string;
}

/** What a package holds, with digests, for whoever wants to check it later. */
export class Manifest {
  readonly entries: ManifestEntry[] = [];

  /** Passes an entry on and notes its digest. */
  entry(name: string, content: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>): ZipEntry {
    return { name, content: this.#noted(name, content) };
  }

  async *#noted(name: string, content: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const piece of content) {
      const data = typeof piece === 'string' ? Buffer.from(piece) : piece;
      hash.update(data);
      bytes += data.length;
      yield data;
    }
    this.entries.push({ name, bytes, sha256: hash.digest('hex') });
  }
}

/** A masked record as a text for people, in one language. */
export function recordText(draft: unknown, lang: Lang): string {
  const names: Readonly<Record<string, string>> = phrasesFor(lang).fields;
  const lines: string[] = [];
  const walk = (value: unknown, path: string): void => {
    if (value === null || value === undefined) return;
    if (typeof value === 'object') {
      for (const [key, one] of Object.entries(value)) walk(one, Array.isArray(value) ? path : path === '' ? key : `${path}.${key}`);
      return;
    }
    lines.push(`${names[path] ?? path}${lang === 'zh' ? '：' : ': '}${String(value as string | number | boolean)}`);
  };
  walk(draft, '');
  return `${lines.join('\n')}\n`;
}

/** What was masked, by record and kind. */
export function* maskedCsv(list: readonly Listed[]): Generator<string> {
  yield csvLine(['record', 'kind', 'count']);
  for (const one of list) for (const [kind, count] of Object.entries(one.found)) yield csvLine([one.code, kind, count]);
}

/** The list of a package as a signed PDF; the manifest is attached, and under the signature. */
export async function listPdf(
  deps: PrivacyDeps,
  input: { number: string; client: string; lang: Lang; list: readonly Listed[]; manifest: readonly ManifestEntry[] },
): Promise<Buffer> {
  const at = deps.now();
  const [zh, en] = [phrasesFor('zh').privacy.package, phrasesFor('en').privacy.package];
  const t = input.lang === 'zh' ? zh : en;
  const both = (pick: (texts: typeof t) => string) => ({ zh: pick(zh), en: pick(en) });
  const attachment = Buffer.from(`${JSON.stringify(input.manifest, null, 1)}\n`);
  const sheet = new Sheet({
    title: both((one) => one.title),
    archive: deps.archiveName,
    madeAt: at,
    zone: deps.settings.zone,
    pdfA: true,
    landscape: true,
    keywords: input.number,
    attachments: [{ name: 'manifest.json', type: 'application/json', data: attachment, description: 'SHA-256' }],
  });
  sheet.paragraph(say(t.lead, { number: input.number, client: input.client }));
  sheet.y += 8;
  await pdfTable(sheet, {
    empty: both((one) => one.empty),
    rows: input.list,
    columns: [
      { head: both((one) => one.code), share: 18, value: (row) => row.code },
      { head: both((one) => one.date), share: 9, align: 'center', value: (row) => row.closedOn },
      { head: both((one) => one.what), share: 25, value: (row) => row.title },
      { head: both((one) => one.state), share: 22, value: (row) => stateText(row, t) },
      { head: both((one) => one.masked), share: 8, align: 'center', value: (row) => String(Object.values(row.found).reduce((sum, n) => sum + n, 0)) },
      { head: both((one) => one.files), share: 18, value: (row) => row.files.map((file) => `${file.name}（${fileText(file.state, t)}）`).join('；') },
    ],
  });
  sheet.y += 8;
  const files = input.list.flatMap((one) => one.files).filter((one) => one.state === 'included').length;
  sheet.paragraph(say(t.total, { records: input.list.length, included: input.list.filter((one) => one.why === null).length, files }), { weight: 'bold' });
  return signPdf(deps.signer, sheet, { reason: say(t.reason, { number: input.number }), name: deps.archiveName, at });
}

type Texts = ReturnType<typeof phrasesFor>['privacy']['package'];

function stateText(row: Listed, t: Texts): string {
  if (row.why === null) return t.included;
  const reasons: Readonly<Record<string, string>> = t.not_included;
  return reasons[row.why] ?? t.not_included.forbidden;
}

function fileText(state: Listed['files'][number]['state'], t: Texts): string {
  return state === 'included' ? t.fileIncluded : state === 'refused' ? t.fileRefused : t.fileListed;
}

/** The day a record was closed, in the archive's zone. */
export function closedOn(deps: PrivacyDeps, at: Date): string {
  return formatDay(dayOf(at, deps.settings.zone));
}
