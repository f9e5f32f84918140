import { Sheet } from '../pdf/sheet.js';
import { signPdf, type DocumentSigner } from '../pdf/sign.js';
import { pdfTable } from '../pdf/table.js';
import { both, label } from './both.js';
import { facts } from './facts.js';
import { signatures } from './signatures.js';

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
  /** What the catalogue covers: a repository and a year, in words. */
  scope: string;
  madeAt: Date;
  zone: string;
  rows: Iterable<CatalogueRow> | AsyncIterable<CatalogueRow>;
}

/** 归档文件目录 (form 2), A4 landscape: what a repository holds of a year; signed by the archive. */
export async function fileCataloguePdf(list: FileCatalogue, signer: DocumentSigner): Promise<Buffer> {
  const { archive, madeAt, zone } = list;
  const title = both((t) => t.fileCatalogue.title);
  const sheet = new Sheet({ title, archive, madeAt, zone, pdfA: true, landscape: true, keywords: list.scope });
  facts(sheet, [
    [label((t) => t.fonds), list.fonds],
    [label((t) => t.fileCatalogue.scope), list.scope],
  ]);
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
  sheet.room(40);
  sheet.y += 8;
  sheet.paragraph(`${label((t) => t.total)}: ${count}`, { weight: 'bold' });
  return signPdf(signer, sheet, { reason: `${title.zh} ${title.en} ${list.scope}`, name: archive, at: madeAt });
}

/** What is said of the items of a catalogue; texts as they are to be printed. */
export interface FileNote {
  archive: string;
  fonds: string;
  scope: string;
  madeAt: Date;
  zone: string;
  items: number;
  files: number;
  /** First and last archival code; `''` where there is none. */
  codes: string;
  media: string;
  /** 情况说明: what is so of some of the items, a line each. */
  states: readonly string[];
  /** What the clerk has to say about them. */
  note: string;
  /** 整理人: who put them in order and writes this. */
  arrangedBy: string;
}

/** 备考表: how the items of a catalogue stand, who arranged them, and a line for who checked; signed by the archive. */
export async function fileNotePdf(one: FileNote, signer: DocumentSigner): Promise<Buffer> {
  const { archive, madeAt, zone } = one;
  const title = both((t) => t.fileNote.title);
  const sheet = new Sheet({ title, archive, madeAt, zone, pdfA: true, keywords: one.scope });
  facts(sheet, [
    [label((t) => t.fonds), one.fonds],
    [label((t) => t.fileCatalogue.scope), one.scope],
    [label((t) => t.fileNote.items), String(one.items)],
    [label((t) => t.fileNote.codes), one.codes],
    [label((t) => t.fileNote.files), String(one.files)],
    [label((t) => t.fileNote.media), one.media],
  ]);
  sheet.y += 6;
  sheet.paragraph(
    label((t) => t.fileNote.states),
    { weight: 'bold' },
  );
  const nothing = label((t) => t.fileNote.nothing);
  for (const line of one.states.length === 0 && one.note === '' ? [nothing] : [...one.states, ...one.note.split('\n').filter((text) => text !== '')]) {
    sheet.room(20);
    sheet.paragraph(line, { size: 10 });
  }
  signatures(sheet, [{ role: both((t) => t.fileNote.arrangedBy), name: one.arrangedBy, at: madeAt }, { role: both((t) => t.fileNote.checkedBy) }], zone);
  return signPdf(signer, sheet, { reason: `${title.zh} ${title.en} ${one.scope}`, name: archive, at: madeAt });
}
