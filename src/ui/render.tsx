import { renderToString } from 'preact-render-to-string';
import type { Chrome } from './chrome.js';
import { ViewContext } from './components/context.js';
import { Layout } from './layout.js';
import type { PageOf } from './page.js';
import { makeView } from './view.js';

/** The whole document: a page, with the archive's furniture around it. */
export function render<Model>(page: PageOf<Model>, model: Model, chrome: Chrome): string {
  const view = makeView(chrome.lang, chrome.now, chrome.timeZone);
  const html = renderToString(
    <ViewContext.Provider value={view}>
      <Layout chrome={chrome} page={page(view, model)} />
    </ViewContext.Provider>,
  );
  return `<!doctype html>${html}`;
}
