import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type axe from 'axe-core';
import type { Page } from 'playwright-core';

const SHOTS = process.env['LANTAI_SCREENSHOTS'];

/** The minified one: it is sent to every page anew, and the readable one is more than twice as long. */
const AXE = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

/** What axe finds on a page as it stands. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const result = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run({ resultTypes: ['violations'] }));
  return result.violations.flatMap((violation) => violation.nodes.map((node) => `${violation.id}: ${node.html.slice(0, 160)} — ${node.failureSummary ?? ''}`));
}

/** What the browser complains of, as it comes. */
export function listen(page: Page): string[] {
  const complaints: string[] = [];
  // a test that fills a field before the page stands has the focus already: the browser tells it, and it is no fault
  page.on('console', (message) => {
    if (!message.text().startsWith('Autofocus processing was blocked')) complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  return complaints;
}

/** What is wrong with the page as it stands. */
export async function faults(page: Page): Promise<string[]> {
  const found: string[] = [];
  const overflow = Number(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'));
  if (overflow > 0) found.push(`${overflow} pixels wider than the screen`);
  const html = (await page.content()).replace(/<script[^]*?<\/script>/g, '').replace(/ data-text="[^"]*"/g, '');
  found.push(...(html.match(/<[^<]* style="[^"]+"/g) ?? []).map((text) => `inline style: ${text.slice(0, 160)}`));
  found.push(
    ...(html.match(/.{20}(?:\{\w+\}|undefined|\[object|NaN).{20}/g) ?? [])
      .filter((text) => !/\{fonds\}|\{class\}|\{year\}|\{term\}/.test(text))
      .map((text) => `unfilled: ${text}`),
  );
  return [...found, ...(await violations(page))];
}

/** Keeps a picture where `LANTAI_SCREENSHOTS` names a folder. */
export async function shoot(page: Page, name: string): Promise<void> {
  if (SHOTS !== undefined) await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
}

/** A square of language, theme and width: each pair of them is met once. */
export const WAYS = [
  { lang: 'zh', theme: 'light', width: 1280 },
  { lang: 'en', theme: 'dark', width: 1280 },
  { lang: 'en', theme: 'light', width: 390 },
  { lang: 'zh', theme: 'dark', width: 390 },
] as const;
