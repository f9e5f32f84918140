import test, { type ExecutionContext } from 'ava';
import type { Browser } from 'playwright-core';
import { staffed, testServer, type Staff, type TestServer } from '../support/server.js';
import type { Desk } from './desk.js';
import { faults, shoot, WAYS } from './look.js';
import { findChromium, launch } from './support.js';

const chromiumPath = findChromium();

/** A test that needs Chromium; left out where there is none. */
export const inBrowser = chromiumPath === undefined ? test.skip : test.serial;

export interface Stage {
  server: TestServer;
  staff: Staff;
  /** Only where there is a Chromium; {@link inBrowser} leaves out who needs it elsewhere. */
  browser: Browser;
}

/** A whole archive with its staff and a browser, from before the first test of a file until after its last. */
export function stage(ready: (made: Stage) => void | Promise<void>, options: Parameters<typeof testServer>[0] = {}): void {
  let made: Stage | undefined;
  test.before(async (t) => {
    t.timeout(240_000);
    const server = await testServer(options);
    made = { server, staff: undefined as unknown as Staff, browser: undefined as unknown as Browser };
    made.staff = await staffed(server);
    if (chromiumPath === undefined)
      t.log('Skipped: no Chromium. Install it (Debian: apt-get install chromium fonts-noto-cjk) or set LANTAI_CHROMIUM to its path.');
    else made.browser = await launch(chromiumPath);
    await ready(made);
  });
  test.after.always(async () => {
    await made?.browser?.close();
    await made?.server.close();
  });
}

/** A page as it stands, in every language, theme and width; it is left in English on a desk. */
export async function lookAt(t: ExecutionContext, desk: Desk, name: string, path: string): Promise<void> {
  for (const { lang, theme, width } of WAYS) {
    await desk.choose(lang, theme);
    await desk.page.setViewportSize({ width, height: 900 });
    await desk.page.goto(path);
    t.deepEqual(await faults(desk.page), [], `${name} ${lang} ${theme} ${width}`);
    await shoot(desk.page, `${name}-${lang}-${theme}-${width}`);
  }
  await desk.choose('en');
  await desk.page.setViewportSize({ width: 1280, height: 900 });
  await desk.page.goto(path);
}
