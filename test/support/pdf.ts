import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether a program is installed. */
export const has = (tool: string, argument = '-v'): boolean => spawnSync(tool, [argument]).error === undefined;

/** Whether {@link pdfsig} can be asked (Debian: poppler-utils libnss3-tools). */
export const seesSignatures = has('pdfsig') && has('certutil');

async function laidDown<T>(pdf: Buffer, look: (file: string, folder: string) => T | Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'lantai-test-pdf-'));
  try {
    await writeFile(join(folder, 'a.pdf'), pdf);
    return await look(join(folder, 'a.pdf'), folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What `pdfsig` says of a PDF, an authority trusted or none. Its exit code says nothing of a changed file. */
export function pdfsig(pdf: Buffer, authority?: string): Promise<string> {
  return laidDown(pdf, async (file, folder) => {
    execFileSync('certutil', ['-N', '-d', `sql:${folder}`, '--empty-password']);
    if (authority !== undefined) {
      await writeFile(join(folder, 'ca.pem'), authority);
      execFileSync('certutil', ['-A', '-d', `sql:${folder}`, '-n', 'archive', '-t', 'CT,C,C', '-i', join(folder, 'ca.pem')]);
    }
    return spawnSync('pdfsig', ['-nssdir', `sql:${folder}`, file], { encoding: 'utf8' }).stdout;
  });
}

/** Whether `qpdf` finds nothing wrong with a PDF. */
export function isSound(pdf: Buffer): Promise<boolean> {
  return laidDown(pdf, (file) => spawnSync('qpdf', ['--check', file]).status === 0);
}

/** The words of a PDF as a reader sees them, white space as single spaces; `undefined` where there is no `pdftotext`. */
export function pdfText(pdf: Buffer): string | undefined {
  const read = spawnSync('pdftotext', ['-layout', '-', '-'], { input: pdf, encoding: 'utf8' });
  return read.error === undefined ? read.stdout.replace(/\s+/g, ' ') : undefined;
}
