import { Readable } from 'node:stream';
import { asGenerator } from './columns.js';
import type { Cell, ExportColumn, Rows } from './columns.js';
import { zip } from './zip.js';
import type { ZipEntry } from './zip.js';

/** Excel's own limit; what is more goes to a further sheet. */
const ROWS_PER_SHEET = 1_048_576;
const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const OFFICE = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

/** Text in XML; signs that XML cannot hold become the replacement character. */
function xml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\0-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]/g, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#13;')
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_'); // else a reader takes it for an escape
}

/** A, B, … Z, AA, … */
function letters(column: number): string {
  return (column >= 26 ? letters(Math.floor(column / 26) - 1) : '') + String.fromCharCode(65 + (column % 26));
}

/** Text cells are inline strings: there is no formula in the file, whatever the text says. */
function cellXml(cell: Cell, at: string, style: number): string {
  if (cell === null || cell === undefined || cell === '') return '';
  if (typeof cell === 'number' && Number.isFinite(cell)) return `<c r="${at}"><v>${cell}</v></c>`;
  if (typeof cell === 'boolean') return `<c r="${at}" t="b"><v>${cell ? 1 : 0}</v></c>`;
  const text = String(cell).slice(0, 32_767); // Excel's limit for a cell
  return `<c r="${at}" t="inlineStr"${style > 0 ? ` s="${style}"` : ''}><is><t xml:space="preserve">${xml(text)}</t></is></c>`;
}

function rowXml(cells: readonly Cell[], row: number, style = 0): string {
  return `<row r="${row}">${cells.map((cell, i) => cellXml(cell, `${letters(i)}${row}`, style)).join('')}</row>`;
}

/** Rows of one sheet; `more` tells whether it ended because it was full. */
async function* sheetXml<Row>(columns: readonly ExportColumn<Row>[], rows: AsyncGenerator<Row>, state: { more: boolean }): AsyncGenerator<string> {
  const widths = columns.map((one, i) => `<col min="${i + 1}" max="${i + 1}" width="${one.width ?? 18}" customWidth="1"/>`).join('');
  const view = '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>';
  let chunk = `${XML}<worksheet xmlns="${MAIN}">${view}<cols>${widths}</cols><sheetData>${rowXml(
    columns.map((one) => one.head),
    1,
    1,
  )}`;
  for (let count = 1; count < ROWS_PER_SHEET; count++) {
    const next = await rows.next();
    if (next.done) {
      state.more = false;
      break;
    }
    chunk += rowXml(
      columns.map((one) => one.value(next.value)),
      count + 1,
    );
    if (chunk.length < 65_536) continue;
    yield chunk;
    chunk = '';
  }
  yield `${chunk}</sheetData></worksheet>`;
}

const STYLES = `${XML}<styleSheet xmlns="${MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs></styleSheet>`;

function* frameXml(sheetName: string, sheets: number): Generator<ZipEntry> {
  const numbers = Array.from({ length: sheets }, (_, i) => i + 1);
  const name = (n: number): string => xml(n === 1 ? sheetName : `${sheetName.slice(0, 25)} ${n}`);
  const list = numbers.map((n) => `<sheet name="${name(n)}" sheetId="${n}" r:id="rId${n}"/>`).join('');
  yield { name: 'xl/workbook.xml', content: [`${XML}<workbook xmlns="${MAIN}" xmlns:r="${RELATIONS}"><sheets>${list}</sheets></workbook>`] };
  const targets = numbers.map((n) => `<Relationship Id="rId${n}" Type="${RELATIONS}/worksheet" Target="worksheets/sheet${n}.xml"/>`).join('');
  const styles = `<Relationship Id="rId${sheets + 1}" Type="${RELATIONS}/styles" Target="styles.xml"/>`;
  yield { name: 'xl/_rels/workbook.xml.rels', content: [`${XML}<Relationships xmlns="${PACKAGE}/relationships">${targets}${styles}</Relationships>`] };
  yield { name: 'xl/styles.xml', content: [STYLES] };
  yield {
    name: '_rels/.rels',
    content: [
      `${XML}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    ],
  };
  const parts = numbers.map((n) => `<Override PartName="/xl/worksheets/sheet${n}.xml" ContentType="${OFFICE}.worksheet+xml"/>`).join('');
  const types = `<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${OFFICE}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${OFFICE}.styles+xml"/>`;
  yield { name: '[Content_Types].xml', content: [`${XML}<Types xmlns="${PACKAGE}/content-types">${types}${parts}</Types>`] };
}

/** An XLSX workbook as a stream, in bounded memory. */
export function xlsxStream<Row>(sheetName: string, columns: readonly ExportColumn<Row>[], rows: Rows<Row>): Readable {
  const plain = sheetName.replace(/[\\/?*[\]:]/g, ' ').slice(0, 31) || 'Lantai';
  async function* entries(): AsyncGenerator<ZipEntry> {
    const source = asGenerator(rows);
    const state = { more: true };
    let sheets = 0;
    try {
      while (state.more) yield { name: `xl/worksheets/sheet${++sheets}.xml`, content: sheetXml(columns, source, state) };
      yield* frameXml(plain, sheets);
    } finally {
      await source.return(undefined); // also when nobody reads to the end
    }
  }
  return Readable.from(zip(entries()), { objectMode: false });
}
