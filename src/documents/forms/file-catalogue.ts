import { Sheet } from '../pdf/sheet.js';
import { pdfTable } from '../pdf/table.js';
import { both, label } from './both.js';

/** One item of a catalogue of archived items; texts as they are to be printed, already masked. */
export interface CatalogueRow {
  archivalCode: string;
  /** 文号: the service number. */
  documentNo: string;
  /** 责任者 */
  responsible: string;
  title: string;
  date: string;
  sensitivity: string;
  extent: string;
  note: string;
}

export interface FileCatalogue {
  archive: string;
  fonds: string;
  /** What the catalogue covers: a year, a repository, a filter in words. */
  scope: string;
  madeAt: Date;
  zone: string;
  rows: Iterable<CatalogueRow> | AsyncIterable<CatalogueRow>;
}

/** 归档文件目录 (form 2), A4 landscape. */
export async function fileCataloguePdf(list: FileCatalogue): Promise<Buffer> {
  const { archive, madeAt, zone } = list;
  const sheet = new Sheet({ title: both((t) => t.fileCatalogue.title), archive, madeAt, zone, landscape: true });
  sheet.put(`${label((t) => t.fonds)}: ${list.fonds}`, sheet.left, sheet.y);
  sheet.put(`${label((t) => t.fileCatalogue.scope)}: ${list.scope}`, sheet.left + sheet.width / 3, sheet.y);
  sheet.y += 20;
  const count = await pdfTable(sheet, {
    empty: both((t) => t.empty),
    rows: list.rows,
    columns: [
      { head: both((t) => t.column.number), share: 4, align: 'center', value: (_, i) => String(i + 1) },
      { head: both((t) => t.column.archivalCode), share: 15, value: (row) => row.archivalCode },
      { head: both((t) => t.column.documentNo), share: 12, value: (row) => row.documentNo },
      { head: both((t) => t.column.responsible), share: 10, value: (row) => row.responsible },
      { head: both((t) => t.column.title), share: 30, value: (row) => row.title },
      { head: both((t) => t.column.date), share: 8, align: 'center', value: (row) => row.date },
      { head: both((t) => t.column.sensitivity), share: 7, align: 'center', value: (row) => row.sensitivity },
      { head: both((t) => t.column.pages), share: 5, align: 'center', value: (row) => row.extent },
      { head: both((t) => t.column.note), share: 9, value: (row) => row.note },
    ],
  });
  sheet.y += 8;
  sheet.paragraph(`${label((t) => t.total)}: ${count}`, { weight: 'bold' });
  return sheet.finish();
}
