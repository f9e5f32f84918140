import { createHash } from 'node:crypto';
import { CodedError } from '../../errors/index.js';
import type { Sheet } from './sheet.js';

/** What signs documents; `app` hands in the archive's own. */
export interface DocumentSigner {
  /** A detached CMS signature in DER over what has this SHA-256 digest. */
  sign(digest: Buffer): Promise<Buffer>;
}

export interface SignOptions {
  /** Why it is signed: `月度合规报告 Monthly compliance report`. */
  reason: string;
  /** Who signs; the archive's name. */
  name: string;
  /** When; the document's own time. */
  at: Date;
}

/** Bytes kept free for the signature; ours are about 1,700. */
const ROOM = 4096;
/** Ten digits in the place of a number: what becomes of it never needs more. */
const UNKNOWN = 9_999_999_999;
const HIDDEN_PRINT_LOCKED = 132;

/** Puts the place of a signature into an open document: a field on its first page, without looks. */
function reserve(doc: PDFKit.PDFDocument, options: SignOptions): void {
  const inner = doc as unknown as { _root: { data: Record<string, unknown> }; _acroform: unknown };
  doc.switchToPage(0);
  const page = doc.page as unknown as { dictionary: PDFKit.PDFKitReference; annotations: PDFKit.PDFKitReference[] };
  const signature = doc.ref({
    Type: 'Sig',
    Filter: 'Adobe.PPKLite',
    SubFilter: 'ETSI.CAdES.detached',
    ByteRange: [0, UNKNOWN, UNKNOWN, UNKNOWN],
    Contents: Buffer.alloc(ROOM),
    Reason: new String(options.reason),
    Name: new String(options.name),
    M: options.at,
  });
  const field = doc.ref({
    Type: 'Annot',
    Subtype: 'Widget',
    FT: 'Sig',
    T: new String('archive'),
    Rect: [0, 0, 0, 0],
    F: HIDDEN_PRINT_LOCKED,
    P: page.dictionary,
    V: signature,
  });
  page.annotations.push(field);
  signature.end(undefined as never);
  field.end(undefined as never);
  // as pdfkit's own `initForm` leaves it, without a font: the document's end writes the form
  inner._root.data['AcroForm'] = doc.ref({ Fields: [field], SigFlags: 3, DR: { Font: {} } });
  inner._acroform = { fonts: {}, defaultFont: '-' };
}

/**
 * Ends a document and signs it whole, in its only revision: PAdES-B, detached, SHA-256. Attachments (`doc.file`, or the sheet's
 * own `attachments`) are under the signature too. Needs a document that still holds its first page (`bufferPages`, as
 * every sheet does).
 *
 *     const sheet = new Sheet({ …, attachments: [figures] });
 *     …
 *     return signPdf(deps.signer, sheet, { reason: '…', name: deps.archiveName, at });
 *
 * Who only sometimes signs ends the sheet itself otherwise: `sheet.finish()`.
 */
export async function signPdf(signer: DocumentSigner, sheet: Sheet, options: SignOptions): Promise<Buffer> {
  reserve(sheet.doc, options);
  const pdf = await sheet.finish();
  const hole = Buffer.from(`<${'00'.repeat(ROOM)}>`, 'latin1');
  const from = pdf.lastIndexOf(hole);
  const range = pdf.lastIndexOf(`/ByteRange [0 ${UNKNOWN} ${UNKNOWN} ${UNKNOWN}]`, undefined, 'latin1');
  if (from < 0 || range < 0) throw new CodedError('internal', { detail: 'the place of the signature was not found' });
  const until = from + hole.length;
  const width = `/ByteRange [0 ${UNKNOWN} ${UNKNOWN} ${UNKNOWN}]`.length;
  pdf.write(`/ByteRange [0 ${from} ${until} ${pdf.length - until}`.padEnd(width - 1, ' ').concat(']'), range, 'latin1');
  const digest = createHash('sha256').update(pdf.subarray(0, from)).update(pdf.subarray(until)).digest();
  const signature = await signer.sign(digest);
  if (signature.length > ROOM) throw new CodedError('internal', { detail: 'the signature does not fit' });
  pdf.write(signature.toString('hex'), from + 1, 'latin1');
  return pdf;
}
