import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

/** One file that every page links; its name changes with its content, so that it may be cached for ever. */
export interface Asset {
  path: string;
  type: string;
  body: Buffer;
}

const folder = new URL('../../../src/ui/static/', import.meta.url);

function parts(kind: 'css' | 'js'): string[] {
  return readdirSync(new URL(`${kind}/`, folder))
    .filter((name) => name.endsWith(`.${kind}`))
    .sort()
    .map((name) => readFileSync(new URL(`${kind}/${name}`, folder), 'utf8'));
}

function asset(name: string, extension: string, type: string, text: string): Asset {
  const body = Buffer.from(text, 'utf8');
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 12);
  return { path: `/static/${name}.${hash}.${extension}`, type, body };
}

const squeeze = (css: string): string =>
  css
    .replace(/\/\*[^]*?\*\//g, '')
    .replace(/\s*\n\s*/g, '\n')
    .trim();

/** The style sheet, the script (each part in a scope of its own) and the icon. */
export const assets = {
  css: asset('app', 'css', 'text/css; charset=utf-8', squeeze(parts('css').join('\n'))),
  js: asset(
    'app',
    'js',
    'text/javascript; charset=utf-8',
    `'use strict';\n${parts('js')
      .map((part) => `{\n${part}}\n`)
      .join('')}`,
  ),
  icon: asset(
    'icon',
    'svg',
    'image/svg+xml',
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect x="2" y="2" width="28" height="28" rx="3" fill="#a8281f"/><path d="M9 9l3 3M23 9l-3 3M8 14h16M10 19h12M7 25h18" stroke="#fff" stroke-width="2.4" stroke-linecap="round" fill="none"/></svg>',
  ),
} as const;

const byPath = new Map<string, Asset>(Object.values(assets).map((one) => [one.path, one]));

export function findAsset(path: string): Asset | undefined {
  return byPath.get(path);
}

/** What a page may load, in the words of Content-Security-Policy: our own files and nothing else, no inline code. */
export const contentPolicy = {
  'default-src': ["'none'"],
  'style-src': ["'self'"],
  'script-src': ["'self'"],
  'img-src': ["'self'"],
  'media-src': ["'self'"],
  'frame-src': ["'self'"],
  'connect-src': ["'self'"],
  'form-action': ["'self'"],
  'base-uri': ["'none'"],
  'frame-ancestors': ["'none'"],
} as const;
