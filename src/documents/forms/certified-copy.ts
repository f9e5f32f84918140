import { phrasesFor, say } from '../../phrases/index.js';
import { SEAL, Sheet, timeText } from '../pdf/sheet.js';
import { signPdf, type DocumentSigner } from '../pdf/sign.js';
import { both, label } from './both.js';
import { facts } from './facts.js';

/** What a certified copy says; every page is a picture already, blacked out and marked. */
export interface CertifiedCopyPages {
  number: string;
  /** Number of the application. */
  request: string;
  /** Who gets it. */
  recipient: string;
  /** Archival code of the record, or its service number. */
  record: string;
  /** Code of the legal basis, and its article where it names one. */
  basis: string;
  law: string;
  /** Rectangles blacked out. */
  boxes: number;
  pages: readonly { jpeg: Buffer; page: number }[];
  archive: string;
  at: Date;
  zone: string;
}

const STAMP_HEIGHT = 30;

/** A certified copy as a signed PDF: a statement in both languages, then the pages, each under the stamp. */
export async function certifiedCopyPdf(copy: CertifiedCopyPages, signer: DocumentSigner): Promise<Buffer> {
  const title = both((texts) => texts.certifiedCopy.title);
  const sheet = new Sheet({ title, archive: copy.archive, madeAt: copy.at, zone: copy.zone, pdfA: true, keywords: `${copy.number} ${copy.request}` });
  cover(sheet, copy);
  for (const [i, page] of copy.pages.entries()) {
    sheet.page();
    stamp(sheet, copy, i + 1);
    const fit: [number, number] = [sheet.width, sheet.bottom - sheet.y - 8];
    sheet.doc.image(page.jpeg, sheet.left, sheet.y, { fit, align: 'center' });
  }
  return signPdf(signer, sheet, { reason: `${title.zh} ${title.en} ${copy.number}`, name: copy.archive, at: copy.at });
}

function cover(sheet: Sheet, copy: CertifiedCopyPages): void {
  const basis = (['zh', 'en'] as const).map((lang) => (phrasesFor(lang).values.disclosureBasis as Readonly<Record<string, string>>)[copy.basis] ?? copy.basis);
  sheet.y += 10;
  const rows: [string, string][] = [
    [label((texts) => texts.certifiedCopy.number), copy.number],
    [label((texts) => texts.certifiedCopy.request), copy.request],
    [label((texts) => texts.certifiedCopy.recipient), copy.recipient],
    [label((texts) => texts.certifiedCopy.record), copy.record],
    [label((texts) => texts.certifiedCopy.basis), [basis.join(' '), copy.law].filter((part) => part !== '').join(' · ')],
    [label((texts) => texts.certifiedCopy.pages), String(copy.pages.length)],
    [label((texts) => texts.certifiedCopy.boxes), String(copy.boxes)],
    [label((texts) => texts.certifiedCopy.time), timeText(copy.at, copy.zone)],
  ];
  facts(sheet, rows);
  sheet.y += 14;
  const params = { archive: copy.archive, record: copy.record, pages: copy.pages.length };
  const { zh, en } = both((texts) => texts.certifiedCopy.statement);
  sheet.paragraph(say(zh, params), { size: 11 });
  sheet.y += 6;
  sheet.paragraph(say(en, params), { size: 10 });
  sheet.y += 24;
  stamp(sheet, copy, null);
}

/** The stamp in seal red: what it is, its number, the application's, and which page. */
function stamp(sheet: Sheet, copy: CertifiedCopyPages, page: number | null): void {
  const { zh, en } = both((texts) => texts.certifiedCopy.title);
  const width = 250;
  const x = sheet.left + sheet.width - width;
  sheet.doc.rect(x, sheet.y, width, STAMP_HEIGHT).lineWidth(1.2).strokeColor(SEAL).stroke();
  const head = `${zh} ${en} · ${copy.number}`;
  sheet.put(head, x, sheet.y + 4, { size: 9, weight: 'bold', color: SEAL, align: 'center', width });
  const which = page === null ? '' : ` · ${page}/${copy.pages.length}`;
  sheet.put(`${copy.request} · ${timeText(copy.at, copy.zone)}${which}`, x, sheet.y + 17, { size: 7.5, color: SEAL, align: 'center', width });
  sheet.y += STAMP_HEIGHT + 8;
}
