import { spawnSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { createExtractor } from '../../src/extract/index.js';
import { doc, docx, odt, pdf, pptx, xls, xlsx } from '../../test/extract/files.js';
import { type Figure, median, MiB, seconds } from './bench.js';

const ROUNDS = 3;
const SENTENCE = '客户投诉：账单重复扣款，已核实并退款。The invoice was charged twice and has been refunded in full. ';
const PDF_REACH = 0.2;
/** Each slide and page costs on its own, so few words on many of them are the slowest. */
const REACH = 0.1;

const lines = (count: number): string[] => Array.from({ length: count }, (_, i) => `${i} ${SENTENCE}`);

/** Files of some size in each format, made of the same sentences. */
async function files(): Promise<Record<string, Buffer>> {
  const text = lines(20_000);
  return {
    txt: Buffer.from(text.join('\n')),
    html: Buffer.from(`<html><body>${text.map((line) => `<p class="x">${line}</p>`).join('')}</body></html>`),
    rtf: Buffer.from(`{\\rtf1 ${text.map((line) => `${line.replaceAll(/[^\0-\x7f]/g, (letter) => `\\u${letter.charCodeAt(0)}?`)}\\par `).join('')}}`),
    docx: docx(text),
    pptx: pptx(lines(2000)),
    xlsx: xlsx(text.map((_, i) => `<row><c t="s"><v>${i}</v></c><c s="1"><v>${45_000 + i}</v></c></row>`).join(''), text),
    odt: odt(text),
    doc: doc(text.join('\r'), 'end'),
    xls: xls(
      text.map((line, i) => [line, i]),
      'S',
    ),
    pdf: await pdf(Array.from({ length: 200 }, (_, i) => lines(20).join(`${i}\n`))),
  };
}

/** Texts out of files: bytes of text a second by format, and for PDF the share of what `pdftotext` reaches, alternating. */
export async function benchExtract(): Promise<Figure[]> {
  const extractor = createExtractor({ milliseconds: 120_000, memoryMb: 1024, outputChars: 50_000_000 });
  const figures: Figure[] = [];
  try {
    for (const [extension, bytes] of Object.entries(await files())) {
      const ours: number[] = [];
      const theirs: number[] = [];
      let characters = 0;
      const read = async (): Promise<void> => {
        const result = await extractor.extract({ body: Readable.from([bytes]), size: bytes.length, extension, mediaType: '' });
        if (!result.ok) throw new Error(`${extension}: ${result.reason}`);
        characters = Buffer.byteLength(result.value.text);
      };
      await read();
      for (let round = 0; round < ROUNDS; round++) {
        ours.push(await seconds(read));
        if (extension === 'pdf') theirs.push(await seconds(() => spawnSync('pdftotext', ['-', '-'], { input: bytes, maxBuffer: 256 * MiB })));
      }
      const time = median(ours);
      const detail = `${(bytes.length / MiB).toFixed(1)} MiB of file, ${(characters / MiB).toFixed(1)} MiB of text, ${(time * 1000).toFixed(0)} ms`;
      figures.push({
        what: `text of ${extension}`,
        value: characters / MiB / time,
        unit: 'MiB of text a second',
        reach: `≥ ${REACH}`,
        reached: characters / MiB / time >= REACH,
        detail,
      });
      if (theirs.length > 0 && spawnSync('pdftotext', ['-v']).error === undefined) {
        const value = median(theirs) / time;
        figures.push({
          what: 'text of pdf',
          value,
          unit: "of pdftotext's speed",
          reach: `≥ ${PDF_REACH}`,
          reached: value >= PDF_REACH,
          detail: `pdftotext ${(median(theirs) * 1000).toFixed(0)} ms with its start`,
        });
      }
    }
  } finally {
    await extractor.close();
  }
  return figures;
}
