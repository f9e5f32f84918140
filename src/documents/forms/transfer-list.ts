import { Sheet } from '../pdf/sheet.js';
import type { Attachment } from '../pdf/sheet.js';
import { pdfTable } from '../pdf/table.js';
import { both, label } from './both.js';
import { signatures } from './signatures.js';

/** One item of a transfer list; texts as they are to be printed, already masked. */
export interface TransferRow {
  archivalCode: string;
  title: string;
  date: string;
  /** Pages or number of files. */
  extent: string;
  medium: string;
  retention: string;
  note: string;
}

export interface Signed {
  name: string;
  at: Date;
}

export interface TransferList {
  archive: string;
  fonds: string;
  batch: string;
  /** Department that hands over, and the archive that receives. */
  from: string;
  to: string;
  madeAt: Date;
  zone: string;
  rows: Iterable<TransferRow> | AsyncIterable<TransferRow>;
  handedOver?: Signed;
  received?: Signed;
  supervised?: Signed;
  attachments?: readonly Attachment[];
}

/** 归档移交清册 (form 3): what a batch hands over, signed by both sides, as PDF/A. */
export async function transferListPdf(list: TransferList): Promise<Buffer> {
  const { archive, madeAt, zone } = list;
  const sheet = new Sheet({
    title: both((t) => t.transferList.title),
    archive,
    madeAt,
    zone,
    pdfA: true,
    landscape: true,
    keywords: list.batch,
    attachments: list.attachments ?? [],
  });
  const facts: [string, string][] = [
    [label((t) => t.transferList.batch), list.batch],
    [label((t) => t.fonds), list.fonds],
    [label((t) => t.transferList.from), list.from],
    [label((t) => t.transferList.to), list.to],
  ];
  for (const [i, [name, value]] of facts.entries())
    sheet.put(`${name}: ${value}`, sheet.left + (i % 2) * (sheet.width / 2), sheet.y + Math.floor(i / 2) * 15, { size: 9 });
  sheet.y += 36;
  const count = await pdfTable(sheet, {
    empty: both((t) => t.empty),
    rows: list.rows,
    columns: [
      { head: both((t) => t.column.number), share: 4, align: 'center', value: (_, i) => String(i + 1) },
      { head: both((t) => t.column.archivalCode), share: 15, value: (row) => row.archivalCode },
      { head: both((t) => t.column.title), share: 33, value: (row) => row.title },
      { head: both((t) => t.column.date), share: 9, align: 'center', value: (row) => row.date },
      { head: both((t) => t.column.extent), share: 8, align: 'center', value: (row) => row.extent },
      { head: both((t) => t.column.medium), share: 7, align: 'center', value: (row) => row.medium },
      { head: both((t) => t.column.retention), share: 9, align: 'center', value: (row) => row.retention },
      { head: both((t) => t.column.note), share: 15, value: (row) => row.note },
    ],
  });
  sheet.room(130); // the total and who answers for it stand on one page
  sheet.y += 8;
  sheet.paragraph(`${label((t) => t.total)}: ${count}`, { weight: 'bold' });
  sheet.paragraph(
    label((t) => t.transferList.copies),
    { size: 8 },
  );
  const person = (signed: Signed | undefined): { name?: string; at?: Date } => signed ?? {};
  signatures(
    sheet,
    [
      { role: both((t) => t.transferList.handedOver), ...person(list.handedOver) },
      { role: both((t) => t.transferList.received), ...person(list.received) },
      { role: both((t) => t.transferList.supervised), ...person(list.supervised) },
    ],
    zone,
  );
  return sheet.finish();
}
