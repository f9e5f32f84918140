import { fileTypeFromBuffer } from 'file-type';
import { CodedError } from '../../errors/index.js';
import { inspectOle, inspectZip, isOle, TAIL_BYTES, type Contained } from './containers.js';
import { isMacroByName, isProgramByContent, isProgramByName } from './executables.js';
import { claimedType, claimHolds, oleType, refine } from './extensions.js';
import { cleanName, extensionOf } from './names.js';
import { textKind } from './text.js';

/** How much of a file's beginning is looked at. */
export const HEAD_BYTES = 65_536;

export const FILE_FLAGS = ['empty', 'encrypted', 'macros', 'unknown_type', 'name_cleaned'] as const;
export type FileFlag = (typeof FILE_FLAGS)[number];

export interface Inspected {
  /** Media type by content. */
  type: string;
  /** Lower-case, by the name; by the content where the name has none. */
  extension: string;
  /** The cleaned name, safe to show and to save under. */
  name: string;
  flags: FileFlag[];
}

/**
 * Says what a file is by its content, and refuses (`refused_file`, with a field error) programs (`executable`) and names
 * that lie about the content (`type_mismatch`).
 * @param head the first {@link HEAD_BYTES} bytes, or the whole file if it is shorter
 * @param tail the last bytes, where they are known; finds encryption and container types that the head does not show
 */
export async function inspectFile(head: Buffer, originalName: string, declaredType?: string, tail: Buffer = Buffer.alloc(0)): Promise<Inspected> {
  const { name, cleaned } = cleanName(originalName);
  const extension = extensionOf(name);
  const flags = new Set<FileFlag>(cleaned ? ['name_cleaned'] : []);
  if (isProgramByName(extension) || isProgramByContent(head)) throw refused('executable');
  if (head.length === 0) return { type: claimedType(extension), extension, name, flags: [...flags.add('empty')] };

  const found = await detect(head, tail, extension);
  if (found.program) throw refused('executable');
  if (!claimHolds(extension, found.mime)) throw refused('type_mismatch', found.mime);
  for (const flag of found.flags) flags.add(flag);
  if (isMacroByName(extension)) flags.add('macros');
  if (found.mime === UNKNOWN) flags.add('unknown_type');
  const declared = found.mime === UNKNOWN ? undefined : declaredType; // an unknown type is served as bytes, whatever was declared
  return { type: declared === found.mime ? declared : refine(extension, found.mime), extension: extension || found.extension, name, flags: [...flags] };
}

const UNKNOWN = 'application/octet-stream';

/** Flags that only the whole file shows; call it again with the tail once a streamed file has ended. */
export function lateFlags(type: string, head: Buffer, tail: Buffer): FileFlag[] {
  if (type === 'application/pdf') return isEncryptedPdf(head, tail) ? ['encrypted'] : [];
  if (head.toString('latin1', 0, 4) === 'PK\x03\x04') return inspectZip(head, tail).flags;
  if (isOle(head)) return inspectOle(head, tail).flags;
  return [];
}

function refused(code: 'executable' | 'type_mismatch', actual?: string): CodedError {
  return new CodedError('refused_file', { fields: [actual === undefined ? { field: 'file', code } : { field: 'file', code, params: { actual } }] });
}

async function detect(head: Buffer, tail: Buffer, extension: string): Promise<Contained> {
  const plain = (mime: string, by = '', flags: Contained['flags'] = []): Contained => ({ mime, extension: by, flags, program: false });
  if (isOle(head)) return ole(inspectOle(head, tail), extension);
  if (head.toString('latin1', 0, 4) === 'PK\x03\x04') return inspectZip(head, head.length < HEAD_BYTES ? head : tail);
  if (head.toString('latin1', 0, 4) === 'PK\x05\x06') return plain('application/zip', 'zip');
  if (head.subarray(0, 1024).includes('%PDF-')) return plain('application/pdf', 'pdf', isEncryptedPdf(head, tail) ? ['encrypted'] : []);
  if (/^#!AMR(?:-WB)?\n/.test(head.toString('latin1', 0, 9))) return plain(head[5] === 0x2d ? 'audio/amr-wb' : 'audio/amr', 'amr');
  if (/^(?:II\*\0|MM\0\*)/.test(head.toString('latin1', 0, 4))) return plain('image/tiff', 'tif');
  const text = textKind(head, head.length < HEAD_BYTES);
  if (text !== undefined) return plain(text.mime, text.extension);
  const known = await fileTypeFromBuffer(head).catch(() => undefined);
  if (known === undefined) return plain(UNKNOWN);
  const locked = (known.ext === '7z' && tail.includes(SEVEN_ZIP_AES)) || (known.ext === 'rar' && isEncryptedRar(head));
  return { ...plain(known.mime, known.ext, locked ? ['encrypted'] : []), program: PROGRAMS.has(known.ext) };
}

const PROGRAMS = new Set<string>(['exe', 'elf', 'macho', 'class', 'dex', 'apk', 'jar', 'lnk', 'wasm', 'swf', 'crx', 'xpi', 'deb', 'rpm', 'dmg', 'nes']);
/** Method id of AES in the header of a 7z archive; an encrypted header shows it as well. */
const SEVEN_ZIP_AES = Buffer.from('06f10701', 'hex');

function ole(found: Contained, extension: string): Contained {
  const by = found.extension === '' ? oleType(extension) : undefined;
  return by === undefined || found.flags.includes('encrypted') ? found : { ...found, mime: by, extension };
}

/** The trailer, or the dictionary of a cross-reference stream, names the encryption; both stand unpacked at the end (or at the head, when linearised). */
function isEncryptedPdf(head: Buffer, tail: Buffer): boolean {
  const mark = /\/Encrypt\s*(?:\d+\s+\d+\s+R|<<)/;
  return mark.test(tail.toString('latin1')) || mark.test(head.toString('latin1'));
}

/** RAR 4: header flag 0x80 of the archive header, or bit 4 of a file header; RAR 5: an encryption header is type 4. */
function isEncryptedRar(head: Buffer): boolean {
  if (head.toString('latin1', 0, 7) === 'Rar!\x1a\x07\x00')
    return head.length > 24 && ((head.readUInt16LE(10) & 0x80) !== 0 || (head.readUInt16LE(23) & 0x04) !== 0);
  return head.length > 14 && head[13] === 4;
}

export { TAIL_BYTES };
