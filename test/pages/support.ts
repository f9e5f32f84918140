import { accessSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { chromium, type Browser } from 'playwright-core';
import type { Suggestion } from '../../src/search/index.js';
import { contentPolicy, findAsset, paths, render, type Chrome, type Lang, type PageOf, type Theme } from '../../src/ui/index.js';
import { fixtures } from './fixtures/index.js';
import { files } from './fixtures/files.js';

/** A page and the model it is shown with; the model may be a function of the language where it holds sentences. */
export interface Fixture<Model = never> {
  page: PageOf<Model>;
  model: Model;
  chrome?: Partial<Chrome>;
}

export function fixture<Model>(page: PageOf<Model>, model: Model, chrome: Partial<Chrome> = {}): Fixture {
  return { page, model, chrome } as unknown as Fixture;
}

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Where Chromium is, by `LANTAI_CHROMIUM` or the usual places; `undefined` where there is none. */
export function findChromium(): string | undefined {
  const places = [
    process.env['LANTAI_CHROMIUM'],
    '/usr/bin/chromium-headless-shell', // the same engine without the browser's own windows: half the work for each page
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ];
  return places.find((place) => {
    try {
      if (!place) return false;
      accessSync(place);
      return true;
    } catch {
      return false;
    }
  });
}

export function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: FLAGS });
}

export const NOW = new Date('2026-03-05T06:30:00Z');

export function chromeOf(lang: Lang, theme: Theme, here: string, more: Partial<Chrome> = {}): Chrome {
  return {
    lang,
    theme,
    now: NOW,
    here,
    archiveName: lang === 'zh' ? '云帆科技客服档案室' : 'Cloudsail customer service archive',
    fonds: 'Z001',
    version: '0.1.0',
    demo: true,
    requestId: '0199d4b2-6f1c-7d11-9a53-2f1a6c7d8e90',
    user: { name: lang === 'zh' ? '林晓雯' : 'Lin Xiaowen', username: 'lin.xiaowen', roles: ['records_clerk'], department: 'service-east' },
    nav: [
      { key: 'home' },
      { key: 'take_in' },
      { key: 'arrange', count: 38 },
      { key: 'batches' },
      { key: 'imports' },
      { key: 'browse' },
      { key: 'readings' },
      { key: 'lateness' },
    ],
    ...more,
  };
}

export interface PageServer {
  url: string;
  /** Bodies that forms posted. */
  posted: { path: string; body: string }[];
  /** What completion is asked, and how it answers. */
  asked: { q: string; at: number }[];
  answers: (q: string) => { status: number; items: Suggestion[] } | Promise<{ status: number; items: Suggestion[] }>;
  close(): Promise<void>;
}

/** A tiny server that shows every fixture under `/p/<name>?lang=&theme=` with the policy of the real one. */
export async function startPages(): Promise<PageServer> {
  const posted: PageServer['posted'] = [];
  const asked: PageServer['asked'] = [];
  const app = new Koa();
  app.use(async (ctx) => {
    const policy = Object.entries(contentPolicy).map(([name, values]) => `${name} ${values.join(' ')}`);
    ctx.set('Content-Security-Policy', policy.join('; '));
    const asset = findAsset(ctx.path);
    const file = files[ctx.path.split('/').at(-1) ?? ''];
    if (asset) {
      ctx.type = asset.type;
      ctx.body = asset.body;
    } else if (ctx.path === paths.complete) {
      const asking = JSON.parse((await ctx.req.toArray()).join('')) as { q: string; at: number };
      asked.push(asking);
      const { status, items } = await shown.answers(asking.q);
      ctx.status = status;
      ctx.body = { items };
    } else if (ctx.method === 'POST') {
      posted.push({ path: ctx.path, body: (await ctx.req.toArray()).join('') });
      ctx.redirect(ctx.get('referer') || '/p/home');
    } else if (ctx.path.endsWith('/progress')) {
      ctx.body = { done: 9_000, total: 20_000, figures: { rows: '9,000' }, finished: false };
    } else if (file && ctx.path.startsWith('/api/')) {
      ctx.set('Content-Security-Policy', "default-src 'none'; frame-ancestors 'self'");
      ctx.type = file.type;
      ctx.body = file.body;
    } else {
      const name = ctx.path.replace('/p/', '');
      const lang = ctx.query['lang'] === 'en' ? 'en' : 'zh';
      const theme = ctx.query['theme'] === 'dark' ? 'dark' : 'light';
      const found = fixtures(lang)[name];
      if (!found) return;
      ctx.type = 'html';
      ctx.body = render(found.page, found.model, chromeOf(lang, theme, ctx.url, found.chrome));
    }
  });
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const shown: PageServer = {
    url: `http://127.0.0.1:${port}`,
    posted,
    asked,
    answers: () => ({ status: 200, items: [] }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return shown;
}
