import { CFB, set_cptable } from '@e965/xlsx';
import * as codePages from '@e965/xlsx/dist/cpexcel.full.mjs';
import { NoTextError } from '../refuse.js';
import type { Sink } from '../sink.js';

// Tables of Excel 5 and older are written in code pages.
set_cptable(codePages);

/** What the container reader gives. */
interface Container {
  FileIndex: { name: string; type: number; size: number; content?: Uint8Array }[];
  FullPaths: string[];
}

const readContainer = (CFB as { read(data: Buffer, options: { type: 'buffer' }): Container }).read;

/** A file of streams, as Office wrote it until 2003, and as Outlook still does. */
export class Ole {
  readonly #streams = new Map<string, Buffer>();
  readonly paths: readonly string[];

  constructor(bytes: Buffer) {
    let container: Container;
    try {
      container = readContainer(bytes, { type: 'buffer' });
    } catch {
      throw new NoTextError('damaged');
    }
    this.paths = container.FullPaths.map((path) => path.replace(/^[^/]*\//, '').replace(/\/$/, ''));
    for (const [i, path] of this.paths.entries()) {
      const entry = container.FileIndex[i];
      if (entry?.content !== undefined && entry.type === 2)
        this.#streams.set(path.toLowerCase(), Buffer.from(entry.content.buffer, entry.content.byteOffset, entry.content.length));
    }
  }

  stream(path: string): Buffer | undefined {
    return this.#streams.get(path.toLowerCase());
  }

  has(pattern: RegExp): boolean {
    return this.paths.some((path) => pattern.test(path));
  }

  note(sink: Sink): void {
    if (this.has(/(^|\/)(Macros|_VBA_PROJECT_CUR|VBA)(\/|$)/i)) sink.notes.add('macro');
    if (this.has(/^ObjectPool\/.|^MBD[0-9A-F]{8}|^\u0001Ole10Native/i)) sink.notes.add('embedded');
  }
}

/** What kind of document the streams make. */
export function oleKind(ole: Ole): 'doc' | 'xls' | 'ppt' | 'msg' | 'encrypted' | undefined {
  if (ole.stream('EncryptedPackage') !== undefined) return 'encrypted';
  if (ole.stream('WordDocument') !== undefined) return 'doc';
  if (ole.stream('Workbook') !== undefined || ole.stream('Book') !== undefined) return 'xls';
  if (ole.stream('PowerPoint Document') !== undefined) return 'ppt';
  if (ole.stream('__properties_version1.0') !== undefined) return 'msg';
  return undefined;
}
