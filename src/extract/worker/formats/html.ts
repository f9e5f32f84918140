import { Tokenizer } from 'htmlparser2';
import { charsetNamed, guessCharset } from '../charset.js';
import { NoTextError } from '../refuse.js';
import type { Sink } from '../sink.js';

const SKIPPED = new Set(['script', 'style', 'template', 'noembed', 'noframes', 'iframe', 'object', 'svg']);
const INLINE = new Set(
  'a abbr acronym b bdi bdo big cite code data del dfn em font i img input ins kbd label mark o:p q rp rt ruby s samp small span strike strong sub sup time tt u var wbr'.split(
    ' ',
  ),
);
const SPOKEN = new Set(['alt', 'title', 'placeholder', 'content']);

/** HTML: what is shown, with the title and the texts that stand for pictures. Nothing is fetched, nothing is run. */
export function readHtml(bytes: Buffer, sink: Sink): void {
  const guessed = guessCharset(bytes);
  if (guessed === undefined) throw new NoTextError('damaged');
  const declared = guessed.charset.startsWith('utf-16') || guessed.charset === 'utf-8' ? undefined : declaredCharset(bytes);
  if (!guessed.clean) sink.notes.add('partly_damaged');
  htmlText(new TextDecoder(declared ?? guessed.charset).decode(bytes), sink);
}

/** XML of no known kind: its text. Entities of its own are never resolved. */
export function readXmlText(bytes: Buffer, sink: Sink): void {
  const guessed = guessCharset(bytes);
  if (guessed === undefined) throw new NoTextError('damaged');
  const declared = guessed.charset.startsWith('utf-16')
    ? undefined
    : charsetNamed(/^<\?xml[^>]*encoding\s*=\s*["']([\w.:-]+)/.exec(bytes.toString('latin1', 0, 200))?.[1]);
  htmlText(new TextDecoder(declared ?? guessed.charset).decode(bytes), sink, true);
}

function declaredCharset(bytes: Buffer): string | undefined {
  return charsetNamed(/<meta[^>]+charset\s*=\s*["']?\s*([\w.:-]+)/i.exec(bytes.toString('latin1', 0, 4096))?.[1]);
}

/**
 * Text of markup. Only its tokens are looked at: no tree is built and no stack kept, so neither depth nor tags that
 * are never closed cost anything.
 */
export function htmlText(html: string, sink: Sink, xmlMode = false): void {
  let skipping: string | undefined;
  let tag = '';
  let attribute = '';
  let value = '';
  let raw = '';
  const speak = (text: string): void => {
    if (skipping === undefined) sink.add(text);
  };
  const separate = (name: string): void => {
    if (xmlMode || !INLINE.has(name)) speak(name === 'td' || name === 'th' ? '\t' : '\n');
  };
  const tokenizer = new Tokenizer(
    { xmlMode, decodeEntities: true },
    {
      ontext: (start, end) => speak(html.slice(start, end)),
      ontextentity: (code) => speak(String.fromCodePoint(code)),
      onopentagname(start, end) {
        tag = html.slice(start, end).toLowerCase();
        raw = '';
        if (skipping === undefined) separate(tag);
        if (!xmlMode && skipping === undefined && SKIPPED.has(tag)) skipping = tag;
      },
      onopentagend: () => undefined,
      onselfclosingtag() {
        if (skipping === tag && tag === 'svg') skipping = undefined;
      },
      onclosetag(start, end) {
        const name = html.slice(start, end).toLowerCase();
        if (name === skipping) skipping = undefined;
        separate(name);
      },
      onattribname(start, end) {
        attribute = html.slice(start, end).toLowerCase();
        value = '';
      },
      onattribdata(start, end) {
        if (SPOKEN.has(attribute) || attribute === 'name' || attribute === 'property') value += html.slice(start, end);
      },
      onattribentity(code) {
        if (SPOKEN.has(attribute)) value += String.fromCodePoint(code);
      },
      onattribend() {
        if (attribute === 'name' || attribute === 'property') raw = value.toLowerCase();
        const said = attribute === 'content' ? tag === 'meta' && /^(og:)?(description|keywords|title)$/.test(raw) : SPOKEN.has(attribute);
        if (said && !xmlMode) speak(` ${value} `);
        value = '';
      },
      oncdata: (start, end, offset) => {
        if (xmlMode) speak(html.slice(start, end - offset));
      },
      oncomment: () => undefined,
      ondeclaration: () => undefined,
      onprocessinginstruction: () => undefined,
      onend: () => undefined,
    },
  );
  tokenizer.write(html);
  tokenizer.end();
}
