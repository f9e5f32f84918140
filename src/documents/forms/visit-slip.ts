import { Sheet, timeText } from '../pdf/sheet.js';
import { signPdf, type DocumentSigner } from '../pdf/sign.js';
import { pdfTable } from '../pdf/table.js';
import { both, label } from './both.js';
import { facts } from './facts.js';
import { signatures } from './signatures.js';

/** A reading on site as it is signed for; texts as they are to be printed. */
export interface VisitSlip {
  archive: string;
  zone: string;
  madeAt: Date;
  request: string;
  visitor: string;
  supervisor: string;
  place: string;
  purpose: string;
  result: string;
  began: Date;
  ended: Date | null;
  shown: readonly { code: string; title: string; at: Date; until: Date | null }[];
}

/** 现场查阅登记单: who read what on site, when, and beside whom, with a line for the visitor's signature; signed by the archive. */
export async function visitSlipPdf(slip: VisitSlip, signer: DocumentSigner): Promise<Buffer> {
  const { archive, zone, madeAt } = slip;
  const title = both((t) => t.visitSlip.title);
  const sheet = new Sheet({ title, archive, madeAt, zone, pdfA: true, keywords: slip.request });
  const time = (at: Date | null): string => (at === null ? '' : timeText(at, zone));
  facts(sheet, [
    [label((t) => t.visitSlip.request), slip.request],
    [label((t) => t.visitSlip.visitor), slip.visitor],
    [label((t) => t.visitSlip.supervisor), slip.supervisor],
    [label((t) => t.visitSlip.place), slip.place],
    [label((t) => t.visitSlip.purpose), slip.purpose],
    [label((t) => t.visitSlip.began), time(slip.began)],
    [label((t) => t.visitSlip.ended), time(slip.ended)],
    [label((t) => t.visitSlip.result), slip.result],
  ]);
  sheet.y += 6;
  const count = await pdfTable(sheet, {
    empty: both((t) => t.empty),
    rows: slip.shown,
    columns: [
      { head: both((t) => t.column.number), share: 4, align: 'center', value: (_, i) => String(i + 1) },
      { head: both((t) => t.column.archivalCode), share: 16, value: (row) => row.code },
      { head: both((t) => t.column.title), share: 30, value: (row) => row.title },
      { head: both((t) => t.visitSlip.shown), share: 11, align: 'center', value: (row) => time(row.at) },
      { head: both((t) => t.visitSlip.until), share: 11, align: 'center', value: (row) => time(row.until) },
    ],
  });
  sheet.room(140);
  sheet.y += 8;
  sheet.paragraph(`${label((t) => t.total)}: ${count}`, { weight: 'bold' });
  const said = both((t) => t.visitSlip.statement);
  sheet.paragraph(said.zh, { size: 10 });
  sheet.paragraph(said.en, { size: 9 });
  const signed = slip.ended === null ? {} : { at: slip.ended };
  signatures(sheet, [{ role: both((t) => t.visitSlip.visitor) }, { role: both((t) => t.visitSlip.supervisor), name: slip.supervisor, ...signed }], zone);
  return signPdf(signer, sheet, { reason: `${title.zh} ${title.en} ${slip.request}`, name: archive, at: madeAt });
}
