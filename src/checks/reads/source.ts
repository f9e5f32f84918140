import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { JOURNAL } from '../../storage/index.js';
import { type StoreRead, toldBy, type ReadSource } from './lines.js';

/** The journal that a store in a folder keeps of itself, the oldest file first; none where it has read nothing yet. */
export async function journalFiles(objects: string): Promise<string[]> {
  const folder = join(objects, JOURNAL);
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .map((name) => join(folder, name));
}

/** Of what was read. */
export interface SourceCount {
  /** Entries that were understood, reads or not. */
  entries: number;
  /** Those that were not. */
  unreadable: number;
  sources: Set<ReadSource>;
}

/** Entries of a log: one a line, or, as some tools print them, an object over several lines. */
async function* entriesOf(path: string): AsyncGenerator<string> {
  let open: string[] | undefined;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    if (open) {
      open.push(line);
      if (line !== '}') continue;
      yield open.join('\n');
      open = undefined;
    } else if (line.trimEnd() === '{') open = [line];
    else if (line.trim() !== '' && line.trim() !== ']') yield line;
  }
  if (open) yield open.join('\n');
}

/** Reads of one file, in its order. A last entry that is cut is one under way, or torn by a crash, and nothing that is hidden. */
async function* readsIn(path: string, bucket: string, count: SourceCount): AsyncGenerator<StoreRead> {
  let torn = false;
  for await (const entry of entriesOf(path)) {
    if (torn) count.unreadable++;
    const told = toldBy(entry, bucket);
    torn = told === undefined;
    if (!told) continue;
    count.entries++;
    count.sources.add(told.source);
    if (told.read) yield told.read;
  }
}

/** Reads of several files together, in the order of time as far as each of them has it. */
export async function* readsOf(files: readonly string[], bucket: string, count: SourceCount): AsyncGenerator<StoreRead> {
  const open: { next: StoreRead; rest: AsyncGenerator<StoreRead> }[] = [];
  for (const file of files) {
    const rest = readsIn(file, bucket, count);
    const first = await rest.next();
    if (!first.done) open.push({ next: first.value, rest });
  }
  while (open.length > 0) {
    const at = open.reduce((best, one, i) => (one.next.at < (open[best]?.next.at ?? one.next.at) ? i : best), 0);
    const one = open[at] as (typeof open)[number];
    yield one.next;
    const more = await one.rest.next();
    if (more.done) open.splice(at, 1);
    else one.next = more.value;
  }
}
