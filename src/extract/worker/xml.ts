import { SaxesParser } from 'saxes';
import { NoTextError } from './refuse.js';
import type { Sink } from './sink.js';
import type { Zip } from './zip.js';

export type Attributes = Readonly<Record<string, string>>;

/** What is heard of a part. Names come without their prefix. */
export interface XmlHandlers {
  open?(name: string, attributes: Attributes, prefix: string): void;
  close?(name: string, prefix: string): void;
  text?(text: string): void;
}

const MOST_FAULTS = 100;
const DEEPEST = 2000;
const PIECE = 65_536;

/** Reads one part of a ZIP as XML. A part that is cut gives what stood before the cut; entities of its own end it. */
export async function readXml(zip: Zip, name: string, sink: Sink, handlers: XmlHandlers): Promise<void> {
  const damaged = (): void => void sink.notes.add('partly_damaged');
  const parser = new SaxesParser();
  let faults = 0;
  let depth = 0;
  parser.on('error', () => {
    damaged();
    if (++faults > MOST_FAULTS) throw new NoTextError('damaged');
  });
  parser.on('doctype', () => {
    throw new NoTextError('damaged'); // no office format has one; what needs one is an attack by entities
  });
  parser.on('opentag', (tag) => {
    if (++depth > DEEPEST) throw new NoTextError('damaged');
    const colon = tag.name.indexOf(':');
    handlers.open?.(tag.name.slice(colon + 1), tag.attributes, colon < 0 ? '' : tag.name.slice(0, colon));
  });
  parser.on('closetag', (tag) => {
    depth--;
    const colon = tag.name.indexOf(':');
    handlers.close?.(tag.name.slice(colon + 1), colon < 0 ? '' : tag.name.slice(0, colon));
  });
  parser.on('text', (text) => handlers.text?.(text));
  parser.on('cdata', (text) => handlers.text?.(text));
  let decoder: TextDecoder | undefined;
  for await (const chunk of zip.read(name, damaged)) {
    decoder ??= new TextDecoder(chunk[0] === 0xff && chunk[1] === 0xfe ? 'utf-16le' : chunk[0] === 0xfe && chunk[1] === 0xff ? 'utf-16be' : 'utf-8');
    for (let at = 0; at < chunk.length; at += PIECE) {
      parser.write(decoder.decode(chunk.subarray(at, at + PIECE), { stream: true }));
      sink.check();
    }
  }
  parser.close();
}
