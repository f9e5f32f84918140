import { pdfTable, Sheet, signPdf } from '../../documents/index.js';
import { phrasesFor, say } from '../../phrases/index.js';
import type { ReportsDeps } from '../deps.js';
import { FIGURE_NAMES, PRESENT, type Figures } from './store.js';
import { figureKey } from './words.js';

type Texts = ReturnType<typeof phrasesFor>['reports']['monthly'];
const both = (pick: (texts: Texts) => string) => ({ zh: pick(phrasesFor('zh').reports.monthly), en: pick(phrasesFor('en').reports.monthly) });

/** A document of this time and later: codes stand where names may change. */
const BY_CODE = { department: (code: string) => code, purpose: (code: string) => code };

export interface ReportPaper {
  month: string;
  origin: 'regular' | 'by_hand';
  at: Date;
  figures: Figures;
  /** The same figures for machines; travels inside the document. */
  json: string;
}

/** The report as a signed PDF/A-3 in both languages, with its figures as JSON inside. */
export async function reportPdf(deps: ReportsDeps, { month, origin, at, figures, json }: ReportPaper): Promise<Buffer> {
  const { archiveName: archive, zone } = deps.settings;
  const name = month.slice(0, 7);
  const title = both((t) => say(t.title, { month: name }));
  const description = phrasesFor('en').reports.monthly.attached;
  const sheet = new Sheet({
    title,
    archive,
    madeAt: at,
    zone,
    pdfA: true,
    attachments: [{ name: `figures-${name}.json`, type: 'application/json', data: Buffer.from(json), description }],
  });
  const how = both((t) => t.origins[origin]);
  sheet.paragraph(`${how.zh} ${how.en}`);
  for (const figure of FIGURE_NAMES) {
    const head = both((t) => t.figures[figure] + (PRESENT.has(figure) ? t.present : ''));
    sheet.room(90);
    sheet.y += 10;
    sheet.paragraph(`${head.zh} ${head.en}`, { weight: 'bold', size: 10.5 });
    const rows = figures[figure];
    const key = (row: (typeof rows)[number]): string => {
      const [zh, en] = (['zh', 'en'] as const).map((lang) => figureKey(lang, figure, row.key, BY_CODE));
      return zh === en ? (zh ?? '') : `${zh} ${en}`;
    };
    const names = Object.keys(rows[0]?.values ?? {}).sort();
    const column = (value: string) => both((t) => (t.columns as Readonly<Record<string, string>>)[value] ?? value);
    await pdfTable(sheet, {
      empty: both((t) => t.nothing),
      rows,
      columns: [
        { head: both((t) => t.key), share: 3, value: key },
        ...names.map((value) => ({
          head: column(value),
          share: 2,
          align: 'right' as const,
          value: (row: (typeof rows)[number]) => String(row.values[value] ?? 0),
        })),
      ],
    });
  }
  return signPdf(deps.signer, sheet, { reason: `${title.zh} ${title.en}`, name: archive, at });
}
